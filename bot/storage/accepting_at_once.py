"""A message, accepted in one statement, on PostgreSQL.

It is a transaction by itself: one way to the server instead of four (`BEGIN`, UPDATE, INSERT, `COMMIT`). The row of the
message is made of what the UPDATE of its conversation returns, so that it is numbered, as in `accepting.py`, after the
conversation's lock is held, and committed before another one gets it: messages are numbered in their order.

Somebody new is met in a second one, instead of eight ways; with a telephone number in a transaction that holds it
(`numbers.py`), so in five. Nobody sees their conversation before it is committed, with the message in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from bot.conversation.ports import Accepted
from bot.storage.accepting import comes_back, heard_of, row_of
from bot.storage.engine import Database
from bot.storage.fast import Result
from bot.storage.moving import BY_NUMBER
from bot.storage.numbers import hold_number
from bot.storage.tables import contacts, conversations, inbox
from channels.contract import Inbound

_THERE = sa.select(inbox.c.id).where(
    inbox.c.provider == sa.bindparam("new_provider"), inbox.c.message_id == sa.bindparam("new_message_id")
)


def at_once(message: Inbound) -> bool:
    """A call may go on with a conversation of the same number: that takes more than one statement."""
    return not comes_back(message)


async def receive_at_once(
    database: Database, message: Inbound, now: str, status: str, default_language: str
) -> Accepted | None:
    """Accept a message as `accepting.receive` does. None when it is there already, or somebody new is perhaps somebody
    known: nothing has changed then. Raises IntegrityError when the same message, or another first one of the same
    customer, comes in the same moment."""
    row, heard = row_of(message, now, status), heard_of(message, now)
    given = {"theirs": message.address, **_named("new", row), **_named("heard", heard)}
    found = await database.change(_of_known(tuple(heard), tuple(row)), {**given, "through": message.channel})
    if (made := found.first()) is None:
        language = message.language or default_language
        given.update(_named("met", {"name": message.name, "language": language, "created_at": now}))
        given.update(_named("heard", {"channel": message.channel, "address": message.address}))
        given.update(_named("heard", {"language": language, "created_at": now}))
        columns = (*heard, "channel", "address", "language", "created_at")
        meet = _of_new(columns, tuple(row), _same_person(message.channel))
        made = (await _met(database, message, meet, given)).first()
    return None if made is None else Accepted(int(made[0]), True, int(made[1]))


async def _met(database: Database, message: Inbound, meet: Any, given: Mapping[str, Any]) -> Result:
    """Where the number may be somebody's on another channel, it is held first: the statement alone would not see who
    is met there in the same moment. SQLite has one writer."""
    if message.channel not in BY_NUMBER or database.sqlite:
        return await database.change(meet, given)
    async with database.fast_write() as connection:
        await hold_number(connection, message.channel, message.address)
        return await connection.execute(meet, given)


def _named(part: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """No column's names: SQLAlchemy would set those in each table that has them."""
    return {f"{part}_{name}": value for name, value in values.items()}


def _same_person(channel: str) -> tuple[str, ...]:
    """The channels on which the same address would be the same person (`moving.same_number`)."""
    return BY_NUMBER if channel in BY_NUMBER else (channel,)


@lru_cache
def _of_known(heard: tuple[str, ...], row: tuple[str, ...]) -> sa.sql.Select:
    """A message of a conversation that is there. With values for these columns."""
    here = (
        sa.update(conversations)
        .where(
            conversations.c.channel == sa.bindparam("through"),
            conversations.c.address == sa.bindparam("theirs"),
            ~_THERE.exists(),  # what comes again locks nothing: see `accepting._HEARD`
        )
        .values({name: sa.bindparam(f"heard_{name}") for name in heard})
        .returning(conversations.c.id)
        .cte("heard")
    )
    return _received(here, row)


@lru_cache
def _of_new(opened: tuple[str, ...], row: tuple[str, ...], channels: tuple[str, ...]) -> sa.sql.Select:
    """The first message of somebody of whom nobody knows this address on any of `channels`."""
    somebody = sa.select(conversations.c.id).where(
        conversations.c.channel.in_([sa.literal(channel) for channel in channels]),
        conversations.c.address == sa.bindparam("theirs"),
    )
    met = ("name", "language", "created_at")
    stranger = sa.select(*_values(contacts, "met", met)).where(~_THERE.exists(), ~somebody.exists())
    contact = sa.insert(contacts).from_select(met, stranger).returning(contacts.c.id).cte("met")
    where = sa.select(contact.c.id, *_values(conversations, "heard", opened))
    here = sa.insert(conversations).from_select(["contact_id", *opened], where)
    return _received(here.returning(conversations.c.id).cte("opened"), row)


def _received(here: Any, row: tuple[str, ...]) -> sa.sql.Select:
    """The message in the conversation that `here` returns, if it does."""
    made = (
        sa.insert(inbox)
        .from_select(["conversation_id", *row], sa.select(here.c.id, *_values(inbox, "new", row)))
        .returning(inbox.c.conversation_id, inbox.c.id)
        .cte("made")
    )
    return sa.select(made.c.conversation_id, made.c.id)


def _values(table: sa.Table, part: str, columns: Sequence[str]) -> list[Any]:
    return [sa.bindparam(f"{part}_{name}", type_=table.c[name].type) for name in columns]
