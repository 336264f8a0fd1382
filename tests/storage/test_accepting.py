"""A message comes in once, in its conversation, on both databases. Where that is, is remembered, as a hint."""

from __future__ import annotations

import asyncio
from typing import Any

import sqlalchemy as sa

from bot.storage.accepting import Addresses
from bot.storage.engine import Database
from bot.storage.store import SqlStore
from bot.storage.tables import conversations, inbox
from channels.contract import Inbound
from tests.backends import Backend

NOON, LATER = "2026-01-05T12:00:00+00:00", "2026-01-05T12:01:00+00:00"


def said(number: int, address: str = "ada", channel: str = "sms") -> Inbound:
    return Inbound(channel, channel, f"m{number}", address, "Hello")


async def only(database: Database, column: Any) -> list[Any]:
    async with database.read() as connection:
        return list((await connection.execute(sa.select(column).order_by(column))).scalars())


async def test_a_message_that_comes_again_changes_nothing(database: Database) -> None:
    store = SqlStore(database)
    first = await store.accept(said(1), NOON)
    again = await store.accept(said(1), LATER)
    assert (first.fresh, again.fresh) == (True, False)
    assert (again.conversation, again.message) == (first.conversation, first.message)
    assert await only(database, conversations.c.last_inbound_at) == [NOON]
    other = await SqlStore(database).accept(said(1), LATER)  # another process
    assert (other.fresh, other.message) == (False, first.message)


async def test_whose_conversation_is_gone_gets_another_one(database: Database) -> None:
    store = SqlStore(database)
    before = (await store.accept(said(1), NOON)).conversation
    async with database.write() as connection:
        await connection.execute(sa.delete(inbox))
        await connection.execute(sa.update(conversations).values(address="forgotten"))
    after = await store.accept(said(2), LATER)
    assert after.conversation != before
    assert (await store.accept(said(3), LATER)).conversation == after.conversation


async def test_the_same_address_on_another_channel_is_another_conversation(database: Database) -> None:
    store = SqlStore(database)
    by_text = (await store.accept(said(1), NOON)).conversation
    by_whatsapp = (await store.accept(said(2, channel="whatsapp"), NOON)).conversation
    assert by_text != by_whatsapp
    assert (await store.accept(said(3), LATER)).conversation == by_text


def test_only_those_who_wrote_last_are_remembered() -> None:
    addresses = Addresses(most=2)
    for number, who in enumerate(("ada", "bob", "ada", "eve")):
        addresses.put(said(number, who), number)
    assert [addresses.get(said(9, who)) for who in ("ada", "bob", "eve")] == [2, None, 3]
    assert len(addresses) == 2


async def test_a_message_that_comes_again_waits_for_no_turn(grown: Backend) -> None:
    """PostgreSQL: the turn has its row and wants the conversation next, where the message that came again has been."""
    database = Database(grown.database_url)
    store = SqlStore(database)
    first = await store.accept(said(1), NOON)
    async with database.write() as turn:
        await turn.execute(sa.update(inbox).values(status="done", done_at=LATER))
        again = await asyncio.wait_for(store.accept(said(1), LATER), 10)
        await turn.execute(sa.update(conversations).values(call="CA1"))
    await database.close()
    assert (again.fresh, again.message) == (False, first.message)
