"""One message of a conversation at a time, in order; conversations side by side."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from typing import Any

import pytest

from bot.conversation.worker import SIDE_BY_SIDE, Worker
from bot.telemetry.logs import JsonLines
from bot.telemetry.turns import CONVERSATION
from tests.doubles import FrozenClock


class Work:
    """Counts who is being handled; each message lets others run in the middle of it."""

    def __init__(self, messages: dict[int, int]) -> None:
        self.left = dict(messages)
        self.now: dict[int, int] = defaultdict(int)
        self.most_together = 0
        self.done: list[int] = []

    async def handle_next(self, conversation: int) -> bool:
        if not self.left.get(conversation):
            return False
        self.now[conversation] += 1
        assert self.now[conversation] == 1, "two messages of one conversation at once"
        self.most_together = max(self.most_together, sum(self.now.values()))
        await asyncio.sleep(0)
        self.left[conversation] -= 1
        self.now[conversation] -= 1
        self.done.append(conversation)
        return True


class Nothing:
    async def due_timers(self, now: str) -> int:
        return 0

    async def waiting(self, now: str) -> list[int]:
        return [1, 2]


def worker(work: Any) -> Worker:
    return Worker(Nothing(), work.handle_next, FrozenClock())  # type: ignore[arg-type]


async def test_all_messages_are_handled_and_conversations_run_side_by_side() -> None:
    work = Work({1: 5, 2: 5})
    worker_ = worker(work)
    await worker_.look()
    await worker_.idle()
    assert sorted(work.done) == [1] * 5 + [2] * 5
    assert work.most_together == 2


async def test_waking_twice_does_not_handle_two_at_once() -> None:
    work = Work({1: 3})
    worker_ = worker(work)
    for _ in range(4):
        worker_.wake(1)
    await worker_.idle()
    assert work.done == [1, 1, 1]


async def test_a_wake_that_comes_while_the_last_message_is_handled_is_not_lost() -> None:
    work = Work({1: 1})
    worker_ = worker(work)
    worker_.wake(1)
    await asyncio.sleep(0)
    work.left[1] += 1
    worker_.wake(1)
    await worker_.idle()
    assert work.done == [1, 1]


async def test_nothing_is_handled_while_somebody_holds_the_conversation() -> None:
    work = Work({1: 1})
    worker_ = worker(work)
    async with worker_.exclusive(1):
        worker_.wake(1)
        await asyncio.sleep(0)
        assert work.done == []
    await worker_.idle()
    assert work.done == [1]
    assert worker_._locks._locks == {}, "a lock was left behind"


async def test_an_error_leaves_the_conversation_free_for_the_next_look() -> None:
    work = Work({1: 1})

    async def failing(conversation: int) -> bool:
        raise RuntimeError("the database is gone")

    worker_ = Worker(Nothing(), failing, FrozenClock())  # type: ignore[arg-type]
    worker_.wake(1)
    await worker_.idle()
    worker_._handle_next = work.handle_next
    worker_.wake(1)
    await worker_.idle()
    assert work.done == [1]


async def test_after_stop_nothing_more_is_taken_up() -> None:
    work = Work({1: 1})
    worker_ = worker(work)
    await worker_.stop()
    worker_.wake(1)
    await worker_.idle()
    assert work.done == []


async def test_a_campaign_does_not_run_all_at_once() -> None:
    work = Work(dict.fromkeys(range(500), 1))
    worker_ = worker(work)
    for conversation in work.left:
        worker_.wake(conversation)
    await worker_.idle()
    assert len(work.done) == 500
    assert work.most_together <= SIDE_BY_SIDE


async def test_stopping_waits_for_a_look_that_is_under_way() -> None:
    ended: list[str] = []

    class Slow(Nothing):
        async def due_timers(self, now: str) -> int:
            try:
                await asyncio.sleep(60)
            finally:
                await asyncio.sleep(0)  # a transaction that is taken back
                ended.append("tidy")
            return 0

    worker_ = Worker(Slow(), Work({}).handle_next, FrozenClock())  # type: ignore[arg-type]
    worker_.start()
    await asyncio.sleep(0)
    await worker_.stop()
    assert ended == ["tidy"]


async def test_a_line_about_what_stopped_says_whose_conversation(caplog: pytest.LogCaptureFixture) -> None:
    """Also where nothing had begun that could know it: the lock, the reading of the message."""

    class Broken:
        async def handle_next(self, conversation: int) -> bool:
            raise RuntimeError("the reading failed")

    caplog.handler.setFormatter(JsonLines())
    worker_ = worker(Broken())
    worker_.wake(4711)
    await worker_.idle()
    [line] = [json.loads(text) for text in caplog.text.splitlines()]
    assert (line["conversation"], line["component"]) == (4711, "bot.conversation.worker")
    assert CONVERSATION.get() is None
