"""A Redis that answers and takes no writes: full with `noeviction`, or a replica after a failover. It counts as gone
until it takes them, and sending goes on meanwhile."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from redis import exceptions as known

from bot.conversation.pacing import Busy
from bot.coordination import limits as limits_module
from bot.coordination import link as module
from bot.coordination.limits import Limits
from bot.coordination.link import Link
from bot.telemetry.away import REDIS
from bot.telemetry.redis_look import RedisLook
from bot.telemetry.redis_writes import ROOM_BYTES, refusal
from tests.backends import RedisServer
from tests.coordination.conftest import Connect
from tests.coordination.refusing import Change, emptied, full, primary, replica

BOTH = pytest.mark.parametrize(
    ("refuses", "takes", "word"), [(full, emptied, "OOM"), (replica, primary, "READONLY")], ids=["full", "replica"]
)


class Probes:
    """Counts the probes of links, which follow each other at once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "PROBE_SECONDS", 0.01)
        self.refused = 0
        self._more = asyncio.Event()
        fails = REDIS.fails

        def counted(error: BaseException) -> None:
            self.refused += 1
            self._more.set()
            fails(error)

        monkeypatch.setattr(module.REDIS, "fails", counted)

    async def several(self) -> None:
        until = self.refused + 3
        while self.refused < until:
            await asyncio.wait_for(self._more.wait(), 10)
            self._more.clear()


async def is_back(link: Link) -> None:
    back = asyncio.Event()
    link.on_change(lambda up: back.set() if up else None)
    await asyncio.wait_for(back.wait(), 10)


async def write(link: Link) -> bool:
    """As all that shares something does: with a script."""
    script = link.redis.register_script("redis.call('SET', KEYS[1], 'x', 'PX', 1000) return 1")
    return bool(await link.ask(lambda _: script(keys=["conductor:test"]), 0))


@BOTH
async def test_it_is_gone_until_a_write_succeeds(
    refuses: Change, takes: Change, word: str, connect: Connect, redis_here: RedisServer, monkeypatch: Any
) -> None:
    probes, link, redis = Probes(monkeypatch), connect(), redis_here.client()
    assert await write(link)
    refuses(redis)
    try:
        assert not await write(link)
        await probes.several()
        assert (link.up, link.losses) == (False, 1), "it answers a PING all along"
    finally:
        takes(redis)
    await is_back(link)
    assert await write(link)
    assert link.losses == 1


@BOTH
async def test_sending_goes_on_meanwhile(
    refuses: Change, takes: Change, word: str, connect: Connect, redis_here: RedisServer, monkeypatch: Any
) -> None:
    """It was quiet anew with each look that found Redis answering, and so for ever."""
    monkeypatch.setattr(limits_module, "QUIET_SECONDS", 0.1)
    probes, redis = Probes(monkeypatch), redis_here.client()
    limits = Limits({"sms": 40}, connect(), lambda: 4)
    refuses(redis)
    try:
        with pytest.raises(Busy):
            await limits.take("sms", "+1415", 0.0)
        await probes.several()
        for _ in range(5):
            (await limits.take("sms", "+1415", 2.0)).answered(True, 0.01)
    finally:
        takes(redis)


@BOTH
async def test_the_log_says_which_it_is(
    refuses: Change,
    takes: Change,
    word: str,
    connect: Connect,
    redis_here: RedisServer,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: Any,
) -> None:
    monkeypatch.setattr(REDIS, "_told", None)  # another test's line may be younger than a minute
    redis = redis_here.client()
    refuses(redis)
    try:
        with caplog.at_level(logging.ERROR):
            await write(connect())
    finally:
        takes(redis)
    assert f"Redis takes no writes: {word}." in caplog.text


async def test_full_to_the_brim_it_is_not_back_whenever_a_key_dies(
    connect: Connect, redis_here: RedisServer, monkeypatch: Any
) -> None:
    probes, link, redis = Probes(monkeypatch), connect(), redis_here.client()
    full(redis)
    try:
        await write(link)
        redis.config_set("maxmemory", redis.info()["used_memory"] + ROOM_BYTES // 2)
        assert redis.set("conductor:test", "x"), "a small write succeeds"
        await probes.several()
        assert not link.up
        redis.config_set("maxmemory", redis.info()["used_memory"] + 20 * ROOM_BYTES)
        await is_back(link)
        assert not redis.exists("conductor:probe:room"), "a probe leaves its room to others"
    finally:
        emptied(redis)


async def test_after_a_failover_it_is_asked_by_its_name_anew(
    connect: Connect, redis_here: RedisServer, monkeypatch: Any
) -> None:
    """The old connection leads to what is a replica now; the name leads to the new primary."""
    probes, link, redis = Probes(monkeypatch), connect(), redis_here.client()
    replica(redis)
    try:
        await write(link)
        before = redis.info()["total_connections_received"]
        await probes.several()
        assert redis.info()["total_connections_received"] > before
    finally:
        primary(redis)


@BOTH
async def test_the_metrics_see_it(refuses: Change, takes: Change, word: str, redis_here: RedisServer) -> None:
    look, redis = RedisLook(redis_here.url), redis_here.client()
    assert (await look()).reachable
    refuses(redis)
    try:
        assert not (await look()).reachable
    finally:
        takes(redis)
        await look.close()


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (known.OutOfMemoryError("command not allowed when used memory > 'maxmemory'."), "OOM"),
        (known.ReadOnlyError("You can't write against a read only replica."), "READONLY"),
        (known.BusyLoadingError("Redis is loading the dataset in memory"), "LOADING"),
        (known.ResponseError("MISCONF Redis is configured to save RDB snapshots, but …"), "MISCONF"),
        (known.ResponseError("NOREPLICAS Not enough good replicas to write."), "NOREPLICAS"),
        (known.ResponseError("Error running script (call to f_1): @user_script:1: -OOM command not allowed"), "OOM"),
        (known.ResponseError("WRONGTYPE Operation against a key"), ""),
        (known.ConnectionError("Error 111 connecting to BLOOM:6379"), ""),
        (ValueError("OOM"), ""),
    ],
)
def test_redis_says_it_in_many_ways(error: Exception, word: str) -> None:
    assert refusal(error) == word
