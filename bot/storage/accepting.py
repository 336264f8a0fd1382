"""A message that comes in: one row, once, in its conversation, which is made when it is new."""

from __future__ import annotations

import json
from collections import OrderedDict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.ports import Accepted
from bot.storage.fence import hold_at
from bot.storage.moving import BY_NUMBER, same_number, take_back
from bot.storage.numbers import hold_number
from bot.storage.tables import contacts, conversations, inbox
from channels.contract import HUNG_UP, Inbound

# Statements of every message are made once: see `turn_rows.py`. An UPDATE or INSERT sets what it is given beside the
# names in its conditions.
_DUPLICATE = sa.select(inbox.c.conversation_id, inbox.c.id).where(
    inbox.c.provider == sa.bindparam("provider"), inbox.c.message_id == sa.bindparam("message_id")
)
_HERE = sa.select(conversations.c.id).where(
    conversations.c.channel == sa.bindparam("channel"), conversations.c.address == sa.bindparam("address")
)
_KNOWN = sa.select(inbox.c.id).where(
    inbox.c.provider == sa.bindparam("by"), inbox.c.message_id == sa.bindparam("named")
)
_HEARD = sa.update(conversations).where(
    conversations.c.id == sa.bindparam("here"),
    conversations.c.channel == sa.bindparam("through"),
    conversations.c.address == sa.bindparam("theirs"),
    ~_KNOWN.exists(),
)
"""A message that its provider sends again locks nothing: its row may be in a turn's hand, which waits for the
conversation, and PostgreSQL's unique index would wait for that turn (a deadlock)."""
_MEET, _OPEN, _RECEIVE = sa.insert(contacts), sa.insert(conversations), sa.insert(inbox)


MOST = 10_000
"""Customers whose conversation is remembered, in each process: two MB."""


class Addresses:
    """Where those who wrote last have their conversations, so that most messages need not look for theirs. A hint only:
    whoever follows it writes `WHERE` it is still so."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: OrderedDict[tuple[str, str], int] = OrderedDict()

    def get(self, message: Inbound) -> int | None:
        return self._known.get((message.channel, message.address))

    def put(self, message: Inbound, conversation: int) -> None:
        self._known[message.channel, message.address] = conversation
        self._known.move_to_end((message.channel, message.address))
        if len(self._known) > self._most:
            self._known.popitem(last=False)

    def __len__(self) -> int:
        return len(self._known)


async def known_already(connection: AsyncConnection, message: Inbound) -> Accepted | None:
    """The row of a message that its provider has sent before."""
    theirs = {"provider": message.provider, "message_id": message.message_id}
    found = (await connection.execute(_DUPLICATE, theirs)).first()
    return None if found is None else Accepted(int(found[0]), False, int(found[1]))


async def receive(
    connection: AsyncConnection, message: Inbound, now: str, status: str, default_language: str, addresses: Addresses
) -> Accepted:
    """The message as a row, which may be there already. `status`: "new", or "done" when somebody else answers it.
    Raises IntegrityError when the same message comes twice in one moment (`known_already`)."""
    if back := comes_back(message):
        await hold_number(connection, message.channel, message.address)
        await hold_at(connection, BY_NUMBER, [message.address])
    here = await _heard(connection, message, now, default_language, addresses)
    if isinstance(here, Accepted):
        return here
    if back:
        await take_back(connection, here, now)
    row = await connection.execute(_RECEIVE, {"conversation_id": here, **row_of(message, now, status)})
    return Accepted(here, True, int(row.inserted_primary_key[0]))


def comes_back(message: Inbound) -> bool:
    """Whether what went on by text comes back to the telephone: the customer rings again, or has said something before
    they hung up, of which we hear after the end of the call."""
    return message.kind == "call" or bool(message.extra.get(HUNG_UP))


def row_of(message: Inbound, now: str, status: str) -> dict[str, Any]:
    """The message's row but for its conversation."""
    return {
        "provider": message.provider,
        "message_id": message.message_id,
        "reference": message.reference or None,
        "kind": message.kind,
        "text": message.text,
        "picked": json.dumps(message.picked) if message.picked else None,
        "payload": json.dumps(dict(message.extra)),
        "received_at": now,
        "status": status,
        "done_at": now if status == "done" else None,
    }


def heard_of(message: Inbound, now: str) -> dict[str, Any]:
    """What a message changes in its conversation."""
    seen: dict[str, Any] = {"last_inbound_at": now, "provider": message.provider}
    if message.extra.get("call"):
        seen["call"] = str(message.extra["call"])[:64]
    return seen


async def _heard(
    connection: AsyncConnection, message: Inbound, now: str, default_language: str, addresses: Addresses
) -> int | Accepted:
    """The conversation, locked before the message is numbered: so its messages are numbered in the order in which
    they are committed. Whoever had their data deleted in that moment has another one by now. A message that is there
    already is returned instead."""
    seen = heard_of(message, now)
    theirs = {
        "through": message.channel,
        "theirs": message.address,
        "by": message.provider,
        "named": message.message_id,
    }
    here = addresses.get(message) or await ensure_conversation(connection, message, now, default_language)
    while not (await connection.execute(_HEARD, {"here": here, **theirs, **seen})).rowcount:
        if (found := await known_already(connection, message)) is not None:
            return found
        here = await ensure_conversation(connection, message, now, default_language)
    addresses.put(message, here)
    return here


async def ensure_conversation(connection: AsyncConnection, message: Inbound, now: str, default_language: str) -> int:
    """The conversation of `message`'s channel and address, made if it is new, in `default_language` when the message
    says nothing of its language. Stores no message."""
    found = (await connection.execute(_HERE, {"channel": message.channel, "address": message.address})).scalar()
    if found is None:
        await hold_number(connection, message.channel, message.address)
        found = (await connection.execute(_HERE, {"channel": message.channel, "address": message.address})).scalar()
    if found is not None:
        return int(found)
    language = message.language or default_language
    contact, known = await same_number(connection, message.channel, message.address)
    if contact is None:
        fresh = {"name": message.name, "language": language, "created_at": now}
        contact = (await connection.execute(_MEET, fresh)).inserted_primary_key[0]
    elif message.language is None:
        language = known or language
    made = await connection.execute(
        _OPEN,
        {
            "contact_id": contact,
            "provider": message.provider,
            "channel": message.channel,
            "address": message.address,
            "language": language,
            "created_at": now,
        },
    )
    return int(made.inserted_primary_key[0])
