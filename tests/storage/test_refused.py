"""A provider that says "later" to everything is seen, although its letters are never overdue."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest

from bot.cli.doctor_grown import waiting
from bot.conversation.delivery import Delivery
from bot.conversation.live import InProcessEvents
from bot.settings import load_settings
from bot.storage.engine import Database
from bot.storage.gauges import gauges
from bot.storage.letters import put
from bot.storage.outbox import SqlOutbox
from bot.storage.refused import Refused, refused
from bot.storage.reports import NOT_TAKEN
from bot.storage.tables import outbox
from channels.contract import Outbound, SendError
from tests.backends import Backend
from tests.doubles import FrozenClock
from tests.storage.seeding import Seed

NOW = "2026-11-23T12:00:00.000000+00:00"
WRITTEN = "2026-11-23T09:00:00.000000+00:00"
SOON = "2026-11-23T12:00:30.000000+00:00"
LATE = "2026-11-23T13:00:00.000000+00:00"


class Down:
    """Has a bad day, and asks for `patience` seconds."""

    def __init__(self, patience: float | None) -> None:
        self.patience = patience

    async def send(self, *_: Any) -> str:
        raise SendError("503 from provider", "later", self.patience)


async def customer(database: Database) -> int:
    return (await Seed(database).customer())[1]


async def letter(database: Database, here: int, **values: Any) -> None:
    facts = {"conversation_id": here, "role": "notice", "payload": "{}", "created_at": WRITTEN}
    await Seed(database).insert(outbox, **{**facts, "next_attempt_at": SOON, "error": "503", **values})


async def found(database: Database) -> list[Refused]:
    async with database.read() as connection:
        return await refused(connection, NOW)


@pytest.mark.parametrize("patience", [None, 3600.0])
async def test_the_oldest_letter_grows_older_while_its_provider_takes_nothing(
    patience: float | None, database: Database
) -> None:
    clock = FrozenClock(NOW)
    here = await customer(database)
    async with database.write() as connection:
        await put(connection, here, None, [Outbound("Hi")], NOW)
    delivery = Delivery(SqlOutbox(database), {"web": Down(patience)}, clock, InProcessEvents())  # type: ignore[dict-item]
    ages = []
    for _ in range(40):
        await delivery.drain()
        since = (await gauges(database, clock.now())).due.get("web", clock.now())
        ages.append((datetime.fromisoformat(clock.now()) - datetime.fromisoformat(since)).total_seconds())
        clock.forward(1)
    assert ages[6:] == [60.0 * minute for minute in range(6, 40)], "an alert must not be over between two attempts"


@pytest.mark.parametrize(("values", "seen"), [
    ({"attempts": 0, "next_attempt_at": LATE}, False),  # a campaign's, which waits for its turn
    ({"attempts": 1}, False),  # throttled for a moment, hours after the campaign was written
    ({"attempts": 1, "next_attempt_at": LATE}, True),
    ({"attempts": 4}, True),
    ({"attempts": 4, "error": None}, True),
    ({"attempts": 4, "status": "sent"}, False),
    ({"attempts": 1, "next_attempt_at": LATE, "role": "call", "error": f"{NOT_TAKEN} (busy)."}, False),
    ({"attempts": 4, "role": "call"}, True),
])  # fmt: skip
async def test_what_counts_as_refused(values: dict[str, Any], seen: bool, database: Database) -> None:
    await letter(database, await customer(database), **values)
    assert [one.since for one in await found(database)] == [WRITTEN] * seen


async def test_a_letter_that_is_overdue_for_longer_is_still_the_oldest(database: Database) -> None:
    here = await customer(database)
    await letter(database, here, attempts=4)
    await letter(database, here, next_attempt_at="2026-11-23T08:00:00.000000+00:00", error=None)
    assert (await gauges(database, NOW)).due == {"web": "2026-11-23T08:00:00.000000+00:00"}


async def test_the_newest_reason_is_told(database: Database) -> None:
    here = await customer(database)
    await letter(database, here, attempts=5, error="503")
    await letter(database, here, attempts=5, error="429 too many", created_at=SOON)
    assert await found(database) == [Refused("web", 2, WRITTEN, "429 too many")]


def test_the_doctor_says_how_many_and_why(backend: Backend) -> None:
    database = Database(backend.database_url, pooled=False)
    here = asyncio.run(customer(database))
    asyncio.run(letter(database, here, attempts=5, error="503 from provider"))
    [finding] = waiting(load_settings(**backend.settings), NOW)
    words = "web does not take 1, the oldest written 3 hours ago: 503 from provider"
    assert (finding.level, finding.subject, finding.words) == ("warn", "Letters", words)
