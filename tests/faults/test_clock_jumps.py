"""The machine's clock jumps an hour, forward or back, while letters, retries, leases and time-outs are pending: nothing
is lost, and nothing happens twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from channels.contract import Outbound, SendError
from tests.backends import Backend
from tests.doubles import RecordingSender
from tests.journeys.stage import Stage

HOUR = 60.0


class Busy(RecordingSender):
    """Takes no letter the first time: each has a retry pending. Counts what it takes, twice as well."""

    remembers_keys = False

    def __init__(self) -> None:
        super().__init__()
        self.tried: Counter[str] = Counter()
        self.times: Counter[str] = Counter()

    async def send(self, channel: str, address: str, message: Outbound, key: str) -> str:
        self.tried[key] += 1
        if self.tried[key] == 1:
            raise SendError("Too many requests.", "later", retry_after=30)
        self.times[key] += 1
        return await super().send(channel, address, message, key)


@pytest_asyncio.fixture
async def stage(backend: Backend, rasa_agent: Any) -> AsyncIterator[Stage]:
    made = Stage(backend, rasa_agent)
    made.sender = Busy()
    made.conductor.senders["web"] = made.sender
    await made.open()
    yield made
    await made.close()


async def settle(stage: Stage, minutes: float) -> None:
    """Let so much time go by, a minute at a time."""
    for _ in range(round(minutes)):
        stage.clock.forward(1)
        await stage.conductor.settle()


@pytest.mark.parametrize("jump", [HOUR, -HOUR, 26 * HOUR])
async def test_letters_and_answers(jump: float, stage: Stage) -> None:
    """There and back. What waits for a time waits for it by the clock, however late that makes it."""
    await stage._start({"start": "delivery_nps"})
    await stage.conductor.settle()  # the question has a retry pending
    stage.clock.forward(jump)
    await settle(stage, 2 + max(0, -jump))
    await stage.say("9")
    await stage.conductor.settle()  # so has the next
    stage.clock.forward(-jump)
    await settle(stage, 3)
    stage.clock.forward(max(0, jump))
    await settle(stage, 3)

    stored = [(a["question"], a["value"], a["state"]) for a in await stage.rows("answers")]
    assert stored == [("score", "9", "current")]
    assert {m["status"] for m in await stage.rows("inbox")} == {"done"}
    letters = await stage.rows("outbox")
    assert {letter["status"] for letter in letters} == {"sent"}
    assert stage.sender.times == Counter(f"out-{letter['id']}" for letter in letters)  # type: ignore[attr-defined]


async def test_a_lease_that_seems_over_while_its_sender_is_at_it(stage: Stage) -> None:
    """The clock jumps between the claim and the provider's answer; another process looks at that moment."""
    delivery, times = stage.conductor.delivery, stage.sender.times  # type: ignore[attr-defined]
    taking = stage.sender.send

    async def in_the_middle(*letter: Any) -> str:
        theirs = await taking(*letter)
        stage.clock.forward(HOUR)
        await delivery.recover(alone=False)
        await delivery.send_once_more()
        return theirs

    stage.sender.send = in_the_middle  # type: ignore[method-assign]
    await stage._start({"start": "delivery_nps"})
    await stage.conductor.settle()
    await settle(stage, 5)
    assert set(times.values()) == {1}
    assert {letter["status"] for letter in await stage.rows("outbox")} == {"sent"}


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
async def test_the_clocks_of_a_survey(jump: float, stage: Stage) -> None:
    """A reminder or an expiry comes once, however the clock gets there."""
    await stage._start({"start": "delivery_nps"})
    await settle(stage, 2)
    stage.clock.forward(jump)
    await settle(stage, 2)
    stage.clock.forward(-jump)
    for _ in range(30):
        stage.clock.forward(12 * HOUR)
        await stage.conductor.settle()
        stage.clock.forward(jump)
        await settle(stage, 2)
        stage.clock.forward(-jump)
        await settle(stage, 2)
    struck = Counter((m["kind"], m["payload"]) for m in await stage.rows("inbox") if m["kind"] != "message")
    assert max(struck.values()) == 1, struck
    assert [r["status"] for r in await stage.rows("responses")] == ["expired"]
    assert {letter["status"] for letter in await stage.rows("outbox")} == {"sent"}
