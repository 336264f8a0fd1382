"""An idle worker waits for jobs and does not look for them."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import dramatiq
import pytest
from redis.asyncio import Redis

from bot.coordination import queues
from bot.coordination.queues import TOKENS, WaitingBroker
from tests.backends import RedisServer


@pytest.fixture
def broker(redis_here: RedisServer, monkeypatch: pytest.MonkeyPatch) -> WaitingBroker:
    """Whose idle workers look for jobs by themselves once an hour only."""
    monkeypatch.setattr(queues, "LOOK_SECONDS", 3600)
    made: Any = WaitingBroker(client=redis_here.client(), namespace="jobs", middleware=[])  # type: ignore[no-untyped-call]
    for name in ("letters", "backlog"):
        made.declare_queue(name)
    return made  # type: ignore[no-any-return]


def put(broker: WaitingBroker, queue: str, *abouts: int) -> None:
    messages: list[dramatiq.Message[Any]] = [dramatiq.Message(queue, queue, (about,), {}, {}) for about in abouts]

    async def enqueue() -> None:
        known = broker.client.connection_pool.connection_kwargs
        redis: Any = Redis(unix_socket_path=known["path"])
        async with redis:
            await broker.enqueue_all(redis, messages)

    asyncio.run(enqueue())


class Waiting(threading.Thread):
    """An idle consumer that takes `count` jobs."""

    def __init__(self, broker: WaitingBroker, count: int = 1) -> None:
        super().__init__(daemon=True)
        self._consumer, self._count = broker.consume("letters", prefetch=2), count
        self.got: list[int] = []
        self.start()

    def run(self) -> None:
        while len(self.got) < self._count:
            message = next(self._consumer)
            if message is not None:
                self.got.append(message.args[0])
                self._consumer.ack(message)


def test_who_waits_is_woken_by_a_job(broker: WaitingBroker) -> None:
    waiting = Waiting(broker, 3)
    for about in (1, 2, 3):
        put(broker, "letters", about)
    waiting.join(10)
    assert waiting.got == [1, 2, 3]


def test_what_was_put_in_before_anybody_waited_is_found(broker: WaitingBroker) -> None:
    put(broker, "letters", 1)
    waiting = Waiting(broker)
    waiting.join(10)
    assert waiting.got == [1]


def test_a_redis_that_was_emptied_takes_jobs_at_once(broker: WaitingBroker) -> None:
    """It knows Dramatiq's script no more."""
    broker.client.script_flush()
    put(broker, "letters", 1, 2)
    waiting = Waiting(broker, 2)
    waiting.join(10)
    assert waiting.got == [1, 2]
    assert broker.client.keys("jobs:letters.msgs") == [], "what was done is not kept"


def test_a_job_of_another_queue_wakes_nobody(broker: WaitingBroker) -> None:
    put(broker, "backlog", 1)
    assert broker.client.llen(broker.token("letters")) == 0
    assert broker.client.llen(broker.token("backlog")) == 1


def test_many_jobs_leave_few_tokens(broker: WaitingBroker) -> None:
    """Each takes several: a campaign's jobs must not wake everybody in vain afterwards."""
    put(broker, "letters", *range(100))
    assert broker.client.llen(broker.token("letters")) == TOKENS


def test_who_has_its_hands_full_looks_again_by_itself(broker: WaitingBroker) -> None:
    """Its own jobs end without a token."""
    put(broker, "letters", 1, 2, 3)
    consumer = broker.consume("letters", prefetch=2)
    first, second = next(consumer), next(consumer)
    broker.client.delete(broker.token("letters"))
    assert next(consumer) is None
    consumer.ack(first)
    assert next(consumer).args == (3,)
    consumer.ack(second)


def test_there_are_no_queues_of_delayed_jobs(broker: WaitingBroker) -> None:
    assert broker.delay_queues == set()
