"""A provider's limit as senders meet it: in one process, shared by several, and while Redis is gone. That it is never
exceeded, whatever the network does, is proved in test_places.py."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.conversation.pacing import Busy, gate_of, holding
from bot.coordination import limits as module
from bot.coordination.limits import Limits
from channels.contract import SendError
from tests.backends import RedisServer
from tests.coordination.conftest import Connect


async def taken_within(limits: list[Limits], seconds: float) -> int:
    """Each process takes what it may, and the provider answers at once."""
    until, taken = time.monotonic() + seconds, 0

    async def take(one: Limits) -> None:
        nonlocal taken
        while time.monotonic() < until:
            try:
                place = await one.take("sms", "+1415", 0.05)
            except Busy:
                continue
            taken += 1
            place.answered(True, 0.01)

    await asyncio.gather(*(take(one) for one in limits))
    return taken


async def test_one_process_takes_what_the_provider_gives() -> None:
    assert 20 <= await taken_within([Limits({"sms": 40})], 0.9) <= 40


async def test_several_share_one_limit(connect: Connect) -> None:
    """Also where each believes that it is alone."""
    limits = [Limits({"sms": 40}, connect()) for _ in range(4)]
    assert 10 <= await taken_within(limits, 1.9) <= 40  # a second passes: nobody knows what was sent before


async def test_without_redis_each_keeps_to_its_own_share(
    connect: Connect, redis_here: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "QUIET_SECONDS", 0.2)
    limits = Limits({"sms": 40}, connect(), lambda: 4)
    redis_here.kill()
    assert 5 <= await taken_within([limits], 1.1) <= 10


async def test_when_redis_is_lost_nothing_goes_for_a_moment(connect: Connect, redis_here: RedisServer) -> None:
    limits = Limits({"sms": 40}, connect(), lambda: 4)
    redis_here.kill()
    with pytest.raises(Busy) as busy:
        await limits.take("sms", "+1415", 0.5)
    assert 0.5 < busy.value.retry_after <= module.QUIET_SECONDS
    assert 0.5 < limits.wait("sms") <= module.QUIET_SECONDS


@pytest.mark.parametrize(("provider", "limit"), [("web", 0), ("unknown", 0)])
async def test_who_has_no_limit_never_waits(provider: str, limit: float) -> None:
    limits = Limits({"web": limit})
    for _ in range(100):
        (await limits.take(provider, "ada", 0.0)).answered(True, 0.01)
    assert limits.wait(provider) == 0.0


async def test_one_a_second_is_one_a_second_and_who_has_no_patience_is_told_when_to_come() -> None:
    limits = Limits({"voice": 1})
    (await limits.take("voice", "ada", 0.0)).answered(True, 0.01)
    with pytest.raises(Busy) as busy:
        await limits.take("voice", "bob", 0.1)
    assert 0.5 < busy.value.retry_after <= 1.0
    assert not busy.value.chat
    assert limits.wait("voice") > 0.5


@pytest.mark.parametrize("grown", [False, True])
async def test_a_chat_that_is_written_to_too_often_waits_and_nobody_else(connect: Connect, grown: bool) -> None:
    limits = Limits({}, connect() if grown else None, per_chat={"slack": (5, 5.0)})
    for _ in range(5):
        (await limits.take("slack", "C1", 0.0)).answered(True, 0.01)
    await asyncio.sleep(0.05)  # the last answer comes to Redis beside
    with pytest.raises(Busy) as busy:
        await limits.take("slack", "C1", 0.1)
    assert busy.value.chat
    assert 4.0 < busy.value.retry_after <= 5.0
    assert limits.wait("slack") == 0.0
    await limits.take("slack", "C2", 0.0)


async def test_the_first_request_of_a_letter_uses_its_place_and_each_further_one_gets_another() -> None:
    limits = Limits({"sms": 2})
    gate = gate_of(limits, "sms")
    with holding(await limits.take("sms", "ada", 0.0)):
        for _ in range(2):
            async with gate("ada"):
                pass
    with pytest.raises(Busy):
        await limits.take("sms", "bob", 0.1)


async def test_a_sender_without_a_gate_uses_the_place_as_a_whole() -> None:
    limits = Limits({"sms": 1})
    with holding(await limits.take("sms", "ada", 0.0)):
        pass
    with pytest.raises(Busy) as busy:
        await limits.take("sms", "bob", 0.0)
    assert busy.value.retry_after < 1.0, "it counts from its answer on"


@pytest.mark.parametrize(("error", "known"), [(SendError("No.", "never"), True), (TimeoutError(), False)])
async def test_a_refusal_is_an_answer_and_silence_is_none(error: Exception, known: bool) -> None:
    limits = Limits({"sms": 1})
    gate = gate_of(limits, "sms")
    with pytest.raises(type(error)):
        async with gate("ada"):
            raise error
    [held] = limits._own.windows["sms"].values()
    assert held.answered is known
