"""A telephone number is one contact, also when its first messages on two channels come in the same moment: else STOP on
one would not reach the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import sqlalchemy as sa

from bot.outreach.invitee import Invitee
from bot.outreach.ports import Verdict
from bot.storage.accepting import Addresses, receive
from bot.storage.engine import Database
from bot.storage.invitations import SqlInvitations
from bot.storage.store import SqlStore
from bot.storage.tables import contacts, conversations
from channels.contract import Inbound
from tests.backends import Backend
from tests.doubles import NOON
from tests.storage.test_waiting_for_each_other import somebody_waits

NUMBER = "+4930901820"
FIRST = Inbound("twilio_whatsapp", "whatsapp", "w1", NUMBER, "hi")


@pytest.fixture
def backend(grown: Backend) -> Backend:
    """PostgreSQL alone: SQLite has one writer."""
    return grown


async def a_text(there: Database) -> None:
    await SqlStore(there).accept(Inbound("twilio_sms", "sms", "s1", NUMBER, "hi"), NOON)


async def a_call(there: Database) -> None:
    await SqlStore(there).accept(Inbound("twilio_voice", "voice", "v1", NUMBER, "", kind="call"), NOON)


async def a_page_that_is_opened(there: Database) -> None:
    await SqlStore(there).ensure_conversation(Inbound("twilio_sms", "sms", "s1", NUMBER, ""), NOON)


async def an_invitation(there: Database) -> None:
    who = Invitee("sms", NUMBER, "Ada", provider="twilio_sms")
    [asked] = await SqlInvitations(there).invite("nps", [who], lambda _who, _standing: Verdict("en"), NOON)
    assert not asked.reason


@pytest.mark.parametrize("second", [a_text, a_call, a_page_that_is_opened, an_invitation])
async def test_who_is_met_on_two_channels_at_once_is_one_person(
    second: Callable[[Database], Awaitable[None]], database: Database, other: Database
) -> None:
    async with database.write() as meeting:
        await receive(meeting, FIRST, NOON, "new", "en", Addresses())
        waiting = asyncio.create_task(second(other))
        await somebody_waits(database)
    await waiting
    async with database.read() as connection:
        whose = (await connection.execute(sa.select(conversations.c.channel, conversations.c.contact_id))).all()
        assert (await connection.execute(sa.select(sa.func.count()).select_from(contacts))).scalar() == 1
    assert (len(whose), len({contact for _, contact in whose})) == (2, 1)


async def test_two_texts_of_a_new_number_and_a_call_do_not_wait_for_each_other_in_a_ring(
    database: Database, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call locks the conversation that the first text has just made, and the second text wants it, too."""
    in_a_ring: list[Exception] = []
    monkeypatch.setattr("bot.storage.store.gave_way", lambda error: bool(in_a_ring.append(error)))
    async with database.write() as meeting:
        await receive(meeting, Inbound("twilio_sms", "sms", "s0", NUMBER, "hi"), NOON, "new", "en", Addresses())
        both = [asyncio.create_task(work(other)) for work in (a_text, a_call)]
        await somebody_waits(database)
    await asyncio.gather(*both)
    assert in_a_ring == []


async def test_strangers_with_different_numbers_do_not_wait_for_each_other(database: Database, other: Database) -> None:
    async with database.write() as meeting:
        await receive(meeting, FIRST, NOON, "new", "en", Addresses())
        elsewhere = Inbound("twilio_sms", "sms", "s1", "+4930901821", "hi")
        accepted = await asyncio.wait_for(SqlStore(other).accept(elsewhere, NOON), 10)
    assert accepted.fresh, "it was taken in while the other number was still held"


@pytest.mark.about_sqlite("it has one writer")
@pytest.mark.parametrize("first", [a_text, a_call, a_page_that_is_opened, an_invitation])
async def test_where_there_is_one_writer_nothing_is_held(
    first: Callable[[Database], Awaitable[None]], embedded: Backend
) -> None:
    asked: list[str] = []
    there = Database(embedded.database_url)
    there.on_statement(lambda text, _values: asked.append(text))
    await first(there)
    await there.close()
    assert asked
    assert not [text for text in asked if text.startswith("SELECT") and "FROM" not in text], "a lock is of no table"
