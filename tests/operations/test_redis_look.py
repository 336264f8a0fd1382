"""How many workers `/metrics` sees."""

from __future__ import annotations

import time

import pytest

from bot.coordination import crew
from bot.coordination.crew import Crew
from bot.coordination.link import Link
from bot.telemetry import redis_look
from bot.telemetry.redis_look import RedisLook
from tests.backends import RedisServer


@pytest.mark.parametrize("wrong_by", [-3600, 0, 3600])
async def test_a_machine_whose_clock_is_wrong_sees_the_workers_all_the_same(
    redis_here: RedisServer, monkeypatch: pytest.MonkeyPatch, wrong_by: float
) -> None:
    """Else somebody would be woken: "no worker is alive"."""
    link, look, now = Link(redis_here.url), RedisLook(redis_here.url), time.time()
    worker = Crew(link, works=True)
    await worker.start()
    monkeypatch.setattr(time, "time", lambda: now + wrong_by)
    assert (await look()).workers == 1
    await link.redis.zadd(crew.WORKERS, {"dead": now - 3600})
    assert (await look()).workers == 1
    await worker.stop()
    await look.close()
    await link.close()


def test_it_looks_where_the_workers_write() -> None:
    assert (redis_look.HEARTBEATS, redis_look.ALIVE_SECONDS) == (crew.WORKERS, crew.ALIVE_SECONDS)
