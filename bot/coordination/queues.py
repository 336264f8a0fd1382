"""Dramatiq's broker on Redis, whose idle workers wait for jobs instead of looking for them.

Dramatiq looks into each queue and each queue of delayed jobs again and again: 20 times a second for a reply that may
not lie, which is 48 ms of CPU a second for nothing. Here whoever puts a job into a queue also leaves a token beside it,
for which one idle worker waits (BLPOP). Once a second each looks all the same: that is its heartbeat, it finds what a
killed worker left, and a lost token costs no more. There are no delayed jobs.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer
from dramatiq.errors import ConnectionClosed
from redis.exceptions import NoScriptError

LOOK_SECONDS = 1
FULL_SECONDS = 0.05
"""Who has as many jobs as it takes looks so often whether it may take another."""
TOKENS = 8
"""Of one queue, at once: as many idle workers are woken."""
TOKEN_SECONDS = 10


class WaitingConsumer(_RedisConsumer):
    """Of one queue, in a thread of its own."""

    def __init__(self, broker: WaitingBroker, queue_name: str, prefetch: int, timeout: int) -> None:
        super().__init__(broker, queue_name, prefetch, 1)  # type: ignore[no-untyped-call]  # its own pause, in ms
        self._token = broker.token(queue_name)

    def __next__(self) -> Any:
        message = super().__next__()  # type: ignore[no-untyped-call]
        if message is None:
            self._wait()
        return message

    def _wait(self) -> None:
        if self.outstanding_message_count >= self.prefetch:
            time.sleep(FULL_SECONDS)
            return
        try:
            self.broker.client.blpop([self._token], LOOK_SECONDS)
        except (redis.ConnectionError, redis.TimeoutError) as error:
            raise ConnectionClosed(error) from None  # type: ignore[no-untyped-call]


class WaitingBroker(RedisBroker):
    """See above. Jobs are put in by `enqueue_all`."""

    @property
    def consumer_class(self) -> type[WaitingConsumer]:
        return WaitingConsumer

    def declare_queue(self, queue_name: str) -> None:
        """Without a queue of delayed jobs."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def token(self, queue_name: str) -> str:
        return f"{self.namespace}:{queue_name}:token"

    async def enqueue_all(self, redis: Any, messages: Sequence[dramatiq.Message[Any]]) -> None:
        """Put jobs in and wake who works them off: one way to `redis` (asyncio's) in the loop, where Dramatiq's own
        `enqueue` takes one for each, and a thread."""
        try:
            await self._put(redis.pipeline(transaction=False), messages).execute()
        except NoScriptError:  # Redis is a new one
            await redis.script_load(self.scripts["dispatch"].script)
            await self._put(redis.pipeline(transaction=False), messages).execute()

    def _put(self, pipe: Any, messages: Sequence[dramatiq.Message[Any]]) -> Any:
        """The commands for it."""
        for message in messages:
            name = str(uuid.uuid4())
            job = message.copy(options={"redis_message_id": name})
            # As RedisBroker._dispatch asks: command, time, queue, who, two times of life, maintenance, Lua's stack.
            known = ["enqueue", _now_ms(), message.queue_name, self.broker_id, self.heartbeat_timeout]
            known += [self.dead_message_ttl, 0, 1]
            pipe.evalsha(self.scripts["dispatch"].sha, 1, self.namespace, *known, name, job.encode())
        for name, count in Counter(message.queue_name for message in messages).items():
            pipe.rpush(self.token(name), *["1"] * min(count, TOKENS))
            pipe.ltrim(self.token(name), -TOKENS, -1)
            pipe.expire(self.token(name), TOKEN_SECONDS)
        return pipe


def _now_ms() -> int:
    return int(time.time() * 1000)
