"""Six journeys on five channels, over HTTP: `on_channels/<channel>.yml` holds each as its customer lives it."""

from __future__ import annotations

import asyncio
import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.backends import Backend
from tests.live.town import CLOCK, Customer, Town, town

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

FILES = sorted((Path(__file__).parent / "on_channels").glob("*.yml"))
CHANNELS = ("sms", "whatsapp", "telegram", "slack", "phone")
JOURNEYS = (
    "promoter",
    "detractor who asks for a person",
    "FAQ in the middle",
    "STOP in the middle",
    "change of language",
    "nonsense three times",
)
Transcript = list[dict[str, str]]
"""What the customer does ({"writes" | "taps" | "rings" | "presses" | "says" | "records": …}), and what they get."""


def read() -> dict[str, dict[str, dict[str, Any]]]:
    return {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in FILES}


def test_every_channel_has_every_journey() -> None:
    assert {name: tuple(journeys) for name, journeys in read().items()} == dict.fromkeys(sorted(CHANNELS), JOURNEYS)


async def play(here: Town, customer: Customer, transcript: Transcript) -> Transcript:
    """Does what the customer does; returns the transcript with what they really got."""
    lived: Transcript = []
    for step in transcript:
        ((what, value),) = step.items()
        if what == "gets":
            continue
        before = len(customer.shown())
        lived.append(step)
        try:
            await customer.does(what, value)
            await here.rests(customer.address)
        except (AssertionError, LookupError) as error:
            return [*lived, {"gets": f"(this could not be done: {error})"}]
        lived += [{"gets": CLOCK.sub("*", text)} for text in customer.shown()[before:]]
    return lived


def same(expected: Transcript, lived: Transcript) -> bool:
    return len(expected) == len(lived) and all(
        e.keys() == real.keys() and all(fnmatch.fnmatchcase(real[k], e[k].replace("[", "[[]")) for k in e)
        for e, real in zip(expected, lived, strict=True)
    )


def stored(here: Town, customer: Customer) -> dict[str, Any]:
    """What the database holds of the customer in the end."""
    mine = "from conversations c left join responses r on r.conversation_id = c.id where c.address = :who"
    answers = "select count(*) from answers a join responses r on r.id = a.response_id join conversations c on "
    answers += "c.id = r.conversation_id where c.address = :who and a.state = 'current' and not a.skipped"
    opted = "select opted_out_at is not null from contacts join conversations c on c.contact_id = contacts.id "
    return {
        "survey": here.one(f"select r.status {mine} order by r.id desc", who=customer.address),
        "answers": here.one(answers, who=customer.address),
        "owner": here.one(f"select c.owner {mine}", who=customer.address),
        "opted out": bool(here.one(f"{opted} where c.address = :who", who=customer.address)),
    }


async def live(here: Town, channel: str, journeys: dict[str, dict[str, Any]]) -> list[str]:
    """All journeys of a channel, one customer after the other. Returns what was not as written."""
    wrong = []
    for number, (name, journey) in enumerate(journeys.items()):
        customer = here.customer(channel, number)
        lived = await play(here, customer, journey["transcript"])
        in_the_end = stored(here, customer)
        if not same(journey["transcript"], lived) or in_the_end != journey["in the end"]:
            found = {name: {"transcript": lived, "in the end": in_the_end}}
            wrong.append(f"{channel}:\n{yaml.safe_dump(found, allow_unicode=True, sort_keys=False, width=120)}")
    return wrong


async def test_six_journeys_on_five_channels(tmp_path: Path, backend: Backend) -> None:
    async with town(tmp_path, backend) as here:
        found = await asyncio.gather(*(live(here, channel, journeys) for channel, journeys in read().items()))
        unsent = here.one("select count(*) from outbox where status not in ('sent', 'delivered', 'withheld', 'failed')")
    wrong = [text for texts in found for text in texts]
    assert not wrong, "These were lived otherwise than written:\n" + "\n".join(wrong)
    assert unsent == 0
