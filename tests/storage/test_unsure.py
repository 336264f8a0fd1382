"""Letters of which nobody ever said what became of them are given up, with all that hangs on them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from bot.storage.engine import Database
from bot.storage.outbox import SqlOutbox
from bot.storage.reports import NEVER_SAID
from bot.storage.tables import invitations, offers, outbox
from bot.storage.trouble import failed_since, hours_before
from channels.contract import DeliveryStatus
from tests.storage.seeding import Seed
from tests.storage.test_outbox import NOW, ROLES, SOON, invited, one

LATER = "2026-11-23T12:00:45.000000+00:00"
"""A day after it became unknown."""


async def unsure(database: Database, role: str) -> SqlOutbox:
    """A letter with an invitation, and a provider that did not say whether it took it."""
    await invited(database, role)
    here, number = await one(database, invitations.c.conversation_id, invitations.c.id)
    facts = {"survey_key": "delivery_nps", "language": "en", "asks": "", "offered_at": NOW}
    await Seed(database).insert(offers, conversation_id=here, invitation_id=number, **facts)
    box = SqlOutbox(database)
    [letter] = await box.due(NOW, 1)
    await box.sending(letter, SOON)
    await box.unknown(letter, "It did not answer.", SOON)
    return box


async def report(box: SqlOutbox, database: Database, status: str) -> None:
    (number,) = await one(database, outbox.c.id)
    assert await box.status(DeliveryStatus("web", "SM1", status, key=f"out-{number}"), LATER)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", ROLES)
async def test_the_invitation_of_a_letter_that_is_given_up_counts_as_not_asked(database: Database, role: str) -> None:
    box = await unsure(database, role)
    await box.send_once_more(LATER)
    assert await one(database, outbox.c.status, outbox.c.error) == ("failed", NEVER_SAID)
    assert await one(database, invitations.c.status, invitations.c.reason) == ("skipped", NEVER_SAID)
    left = (0,) if role == "template" else (1,)
    assert await one(database, sa.func.count(offers.c.id)) == left


async def test_it_has_failed_when_it_is_given_up_not_when_it_was_tried(database: Database) -> None:
    box = await unsure(database, "template")
    await box.send_once_more(LATER)
    async with database.read() as connection:
        assert await failed_since(connection, hours_before(LATER, 1)) == {"web": 1}


@pytest.mark.parametrize("status", ["sent", "delivered", "read"])
async def test_a_report_that_comes_after_all_is_believed(database: Database, status: str) -> None:
    box = await unsure(database, "template")
    await box.send_once_more(LATER)
    await report(box, database, status)
    assert await one(database, outbox.c.status, outbox.c.error) == (status, None)
    assert await one(database, invitations.c.status, invitations.c.reason) == ("sent", None)


async def test_what_its_provider_says_has_failed_is_not_delivered_after_all(database: Database) -> None:
    box = await unsure(database, "template")
    await report(box, database, "failed")
    await report(box, database, "delivered")
    assert await one(database, outbox.c.status) == ("failed",)
    assert (await one(database, invitations.c.status)) == ("skipped",)


async def test_nobody_is_rung_up_for_a_call_that_was_given_up(database: Database) -> None:
    box = await unsure(database, "call")
    await box.send_once_more(LATER)
    (number,) = await one(database, outbox.c.id)
    await box.not_reached(DeliveryStatus("web", "CA1", "failed", "no-answer", key=f"out-{number}"), [60], LATER)
    assert await one(database, outbox.c.status) == ("failed",)


async def test_a_report_that_is_faster_stands(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    box = await unsure(database, "template")
    look = database.fast_read

    @asynccontextmanager
    async def overtaken() -> AsyncIterator[Any]:
        async with look() as connection:
            yield connection
        await report(box, database, "delivered")

    monkeypatch.setattr(database, "fast_read", overtaken)
    await box.send_once_more(LATER)
    assert await one(database, outbox.c.status) == ("delivered",)
    assert await one(database, invitations.c.status) == ("sent",)
