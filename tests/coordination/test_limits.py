"""A provider's limit, in one process and shared by several: never above, and all of it is used."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.coordination.limits import Limits
from tests.backends import RedisServer
from tests.coordination.conftest import Connect


async def taken_within(limits: list[Limits], seconds: float) -> list[float]:
    """Each process takes what it may."""
    began, taken = time.monotonic(), []

    async def take(one: Limits) -> None:
        while time.monotonic() - began < seconds:
            if not await one.take("sms", 0.05):
                taken.append(time.monotonic() - began)

    await asyncio.gather(*(take(one) for one in limits))
    return taken


async def test_one_process_takes_what_the_provider_gives() -> None:
    taken = await taken_within([Limits({"sms": 40})], 0.9)
    assert 5 <= len(taken) <= 40  # how near it comes to the limit is measured by benchmarks/provider_limit.py


async def test_several_share_one_limit(connect: Connect) -> None:
    """Also where each believes that it is alone."""
    taken = await taken_within([Limits({"sms": 40}, connect()) for _ in range(4)], 0.9)
    assert 5 <= len(taken) <= 40  # how near it comes to the limit is measured by benchmarks/provider_limit.py


async def test_without_redis_each_keeps_to_the_limit_by_itself(connect: Connect, redis_here: RedisServer) -> None:
    limits = Limits({"sms": 40}, connect(), lambda: 2)
    redis_here.kill()
    assert 5 <= len(await taken_within([limits], 0.9)) <= 40


@pytest.mark.parametrize(("provider", "limit"), [("web", 0), ("unknown", 0)])
async def test_who_has_no_limit_never_waits(provider: str, limit: float) -> None:
    limits = Limits({"web": limit})
    assert [await limits.take(provider, 0.0) for _ in range(100)] == [0.0] * 100


async def test_one_a_second_is_one_a_second_and_who_has_no_patience_is_told_when_to_come() -> None:
    limits = Limits({"voice": 1})
    assert not await limits.take("voice", 0.0)
    assert 0.5 < await limits.take("voice", 0.1) <= 1.0
    assert limits.wait("voice") > 0.5
