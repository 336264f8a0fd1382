"""What one process publishes, screens of the others hear; a customer's words stay where they are."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from bot.coordination.events import BELIEVED_SECONDS, SharedEvents
from tests.backends import RedisServer
from tests.coordination.conftest import Connect


async def pair(connect: Connect, seconds: Any = time.monotonic) -> tuple[SharedEvents, SharedEvents]:
    found = SharedEvents(connect(), seconds), SharedEvents(connect(), seconds)
    for events in found:
        events.start()
    redis = connect().redis
    while dict(await redis.pubsub_numsub("conductor:events"))[b"conductor:events"] < 2:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    return found


async def first(events: SharedEvents, ready: asyncio.Event) -> Mapping[str, Any]:
    async for news in _signalled(events, ready):
        return news
    raise AssertionError


async def _signalled(events: SharedEvents, ready: asyncio.Event) -> Any:
    following = events.subscribe(7)
    ready.set()
    async for news in following:
        yield news


async def heard(one: SharedEvents, other: SharedEvents, kind: str, data: dict[str, Any]) -> Mapping[str, Any]:
    """What a screen of `other` hears when `one` publishes."""
    ready = asyncio.Event()
    listening = asyncio.create_task(first(other, ready))
    await ready.wait()
    await asyncio.sleep(0)
    one.publish(7, kind, data)
    return await asyncio.wait_for(listening, 5)


async def test_screens_of_other_processes_hear_it(connect: Connect) -> None:
    one, other = await pair(connect)
    told = await heard(one, other, "case", {"case": 3})
    assert told == {"kind": "case", "data": {"case": 3}, "conversation": 7}
    told = await heard(one, other, "inbound", {"text": "my name is Ada"})
    assert told == {"kind": "inbound", "data": {}, "conversation": 7}
    for events in (one, other):
        await events.stop()


async def test_after_redis_was_restarted_they_hear_again(connect: Connect, redis_here: RedisServer) -> None:
    one, other = await pair(connect)
    redis_here.kill()
    one.publish(7, "case", {"case": 1})  # nobody hears it, and nothing breaks
    redis_here.start()
    redis = connect().redis
    for _ in range(500):
        if dict(await redis.pubsub_numsub("conductor:events"))[b"conductor:events"] == 2 and one._link.up:
            break
        await asyncio.sleep(0.02)
    assert (await heard(one, other, "case", {"case": 2}))["data"] == {"case": 2}
    for events in (one, other):
        await events.stop()


async def test_who_waits_in_one_process_is_woken_by_the_other(connect: Connect) -> None:
    """As a caller does, whose message another server has handled."""
    one, other = await pair(connect)
    heard_all = asyncio.Event()
    other.on("mark", lambda _news: heard_all.set())
    waiting = asyncio.create_task(other.wait(7, 60))
    await asyncio.sleep(0)
    one.publish(8, "answers", {})
    one.tell(8, "mark", {})
    await asyncio.wait_for(heard_all.wait(), 5)
    await asyncio.sleep(0)
    assert not waiting.done(), "it was woken by news of another conversation"

    one.publish(7, "answers", {})
    await asyncio.wait_for(waiting, 5)
    in_vain = asyncio.create_task(other.wait(7, 0.01))
    await asyncio.wait_for(in_vain, 5)  # nothing came: at most so long
    assert other._queues == {}, "nobody waits any more, and nothing is kept for them"
    for events in (one, other):
        await events.stop()


async def test_what_nobody_watches_is_told_to_nobody(connect: Connect) -> None:
    """Else every process would read of every message, and two servers do more than the work of one."""
    now = [0.0]
    one, other = await pair(connect, lambda: now[0])
    one.publish(7, "case", {"case": 1})
    assert one._waiting, "who has just begun has heard of nobody's screens yet: it tells everything"
    now[0] += BELIEVED_SECONDS
    one._waiting.clear()
    one.publish(7, "case", {"case": 2})
    assert not one._waiting

    ready = asyncio.Event()
    screen = asyncio.create_task(first(other, ready))
    await ready.wait()
    while not one._is_watched(7):  # noqa: ASYNC110  (the other's word is under way)
        await asyncio.sleep(0.01)
    one.publish(8, "case", {"case": 3})
    assert not one._waiting, "the screen shows another conversation"
    one.publish(7, "case", {"case": 4})
    assert (await asyncio.wait_for(screen, 5))["data"] == {"case": 4}
    for events in (one, other):
        await events.stop()
