"""The disk is full: webhooks are answered 503, or what a provider sends once waits in the spool; what was taken in
before waits without a failed attempt; and everything goes on when there is space again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.conversation.handler import ATTEMPTS
from channels.contract import Inbound
from channels.receive import Delivery, Seam
from tests.backends import Backend
from tests.doubles import RecordingSender
from tests.faults.full_disk import Disk, PostgresDisk, SqliteDisk
from tests.journeys.stage import Stage

LONG = "It was late. " + "And nobody came to the door when I rang. " * 250
"""Longer than what is left of any page of the file."""


class SendsOnce(RecordingSender):
    """As Twilio: it sends a webhook once, whatever it is answered."""

    sends_once = True


@pytest.fixture
def disk(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Disk:
    return PostgresDisk(backend) if backend.grown else SqliteDisk(backend, monkeypatch)


@pytest_asyncio.fixture
async def stage(
    disk: Disk, backend: Backend, tmp_path: Path, rasa_agent: Any, request: pytest.FixtureRequest
) -> AsyncIterator[Stage]:
    """`request.param`: the provider; the usual one sends again what was not answered 200."""
    provider = getattr(request, "param", RecordingSender)
    made = Stage(backend, rasa_agent, provider(), spool=tmp_path / "spool")
    await made.open()
    yield made
    await made.close()


def said(stage: Stage, number: int, text: str) -> Inbound:
    return Inbound("web", "web", f"m{number}", stage.address, text, language="en")


async def deliver(stage: Stage, number: int, text: str) -> int:
    """What the webhook of a provider is answered."""
    seam = Seam("web", parse=lambda delivery: [said(stage, number, text)])
    return (await seam.receive(Delivery({}, b""), lambda delivery: None, stage.conductor)).status


async def asked_with_one_waiting(stage: Stage) -> int:
    """A survey is open, its first question answered, and a message taken in that nobody has looked at yet. Returns the
    number of what was sent."""
    await stage._start({"start": "delivery_nps"})
    await stage.conductor.settle()
    assert await deliver(stage, 1, "3") == 200
    await stage.conductor.settle()
    await stage.conductor.store.accept(said(stage, 2, LONG), stage.clock.now())
    return len(stage.sender.taken)


async def try_for_a_while(stage: Stage) -> None:
    for _ in range(ATTEMPTS + 2):
        stage.clock.forward(0.1)
        with suppress(Exception):  # letters and chores fail as well; their loops try again
            await stage.conductor.settle()


async def test_all_goes_on_when_there_is_space_again(stage: Stage, disk: Disk) -> None:
    sent = await asked_with_one_waiting(stage)

    await disk.becomes(stage.conductor.database, full=True)
    assert await deliver(stage, 3, LONG) == 503
    await try_for_a_while(stage)
    assert [(m["status"], m["attempts"]) for m in await stage.rows("inbox")][2:] == [("new", 0)]
    assert [a["question"] for a in await stage.rows("answers")] == ["score"]
    assert len(stage.sender.taken) == sent

    await disk.becomes(stage.conductor.database, full=False)
    await stage.conductor.settle()
    stored = [(a["question"], a["state"]) for a in await stage.rows("answers")]
    assert stored == [("score", "current"), ("why", "current")]
    assert await deliver(stage, 3, "9") == 200
    stage.clock.forward(0.1)
    await stage.conductor.settle()
    assert [(m["status"], m["attempts"]) for m in await stage.rows("inbox")] == [("done", 0)] * 4
    assert {letter["status"] for letter in await stage.rows("outbox")} == {"sent"}
    assert len(stage.sender.taken) == len(await stage.rows("outbox"))


@pytest.mark.parametrize("stage", [SendsOnce], indirect=True)
async def test_what_a_provider_sends_once_waits_in_the_spool_and_is_answered_in_its_turn(
    stage: Stage, disk: Disk
) -> None:
    """The spool is on the server's own disk: with PostgreSQL another machine's is full."""
    sent = await asked_with_one_waiting(stage)

    await disk.becomes(stage.conductor.database, full=True)
    assert [await deliver(stage, number, text) for number, text in ((3, LONG), (3, LONG), (4, "agent"))] == [200] * 3
    await try_for_a_while(stage)
    assert stage.conductor.spooling.waiting
    assert len(stage.sender.taken) == sent

    await disk.becomes(stage.conductor.database, full=False)
    for _ in range(3):
        stage.clock.forward(0.1)
        await stage.conductor.settle()
    assert not stage.conductor.spooling.waiting
    taken_in = [(m["message_id"], m["status"], m["attempts"]) for m in await stage.rows("inbox")]
    assert taken_in[2:] == [("m2", "done", 0), ("m3", "done", 0), ("m4", "done", 0)]
    assert (await stage.view())["conversation"]["owner"] == "human", "the last that was written is the last handled"
    letters = [letter["status"] for letter in await stage.rows("outbox")]
    assert set(letters) <= {"sent", "withheld"}, "what the bot had not sent when the person came is not sent"
    assert len(stage.sender.taken) == letters.count("sent")
