"""One person on several channels: whose number it is, and a response that moves from a call to text messages and
back."""

from __future__ import annotations

import json

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.fence import changed
from bot.storage.tables import contacts, conversations, inbox, responses
from bot.storage.waiting import release

BY_NUMBER = ("sms", "whatsapp", "voice")
"""Channels whose address is the customer's own telephone number."""
CARRIER = {"sms": "twilio_sms"}
"""Who carries the channel that a response moves to."""


_OTHERS = (
    sa.select(conversations.c.contact_id, contacts.c.language)
    .join(contacts, contacts.c.id == conversations.c.contact_id)
    .where(
        conversations.c.channel.in_([sa.literal(channel) for channel in BY_NUMBER]),
        conversations.c.address == sa.bindparam("address"),
    )
    .order_by(conversations.c.id)
    .limit(1)
)
"""Made once: it is asked for every new number."""


async def same_number(connection: AsyncConnection, channel: str, address: str) -> tuple[int | None, str | None]:
    """The contact (and the language) of another conversation with this telephone number. (None, None): there is none.

    A number is the customer's own word for who they are; nothing else is ever taken for the same person."""
    if channel not in BY_NUMBER:
        return None, None
    row = (await connection.execute(_OTHERS, {"address": address})).first()
    return (int(row[0]), row[1]) if row else (None, None)


async def move_response(connection: AsyncConnection, here: int, channel: str, now: str) -> bool:
    """The open response of conversation `here` goes on by `channel`, where its question is asked again.

    False, and nothing changes: none is open, the carrier is unknown, or the other conversation is busy with a survey
    or with a person."""
    row = (await connection.execute(sa.select(conversations).where(conversations.c.id == here))).mappings().one()
    there = await _there(connection, row, channel, now)
    if row["response_id"] is None or there is None or there["owner"] == "human" or there["response_id"] is not None:
        return False
    await _hand_on(connection, row, there["id"], now)
    return True


async def take_back(connection: AsyncConnection, here: int, now: str) -> bool:
    """The customer rings again: what began on the telephone and went on by text comes back to the call."""
    row = (await connection.execute(sa.select(conversations).where(conversations.c.id == here))).mappings().one()
    if row["response_id"] is not None or row["owner"] == "human":
        return False
    query = (
        sa.select(conversations)
        .join(responses, responses.c.id == conversations.c.response_id)
        .where(
            conversations.c.address == row["address"],
            conversations.c.channel.in_(tuple(CARRIER)),
            conversations.c.owner != "human",
            responses.c.channel == row["channel"],
        )
        .limit(1)
    )
    found = (await connection.execute(query)).mappings().first()
    if found is None:
        return False
    await _hand_on(connection, found, here, now, ask=False)
    return True


async def _there(
    connection: AsyncConnection, row: sa.engine.RowMapping, channel: str, now: str
) -> sa.engine.RowMapping | None:
    """The customer's conversation on `channel`, made if it is new. None: they can't be written to there."""
    written_to = row["address"].startswith("+")  # else the caller hides it, and the call stands for them
    if channel not in CARRIER or row["channel"] not in BY_NUMBER or not written_to:
        return None
    theirs = sa.and_(conversations.c.channel == channel, conversations.c.address == row["address"])
    query = sa.select(conversations).where(theirs)
    found = (await connection.execute(query)).mappings().first()
    if found is None:
        made = sa.insert(conversations).values(
            contact_id=row["contact_id"],
            provider=CARRIER[channel],
            channel=channel,
            address=row["address"],
            language=row["language"],
            created_at=now,
        )
        await connection.execute(made)
        found = (await connection.execute(query)).mappings().first()
    return found


async def _hand_on(
    connection: AsyncConnection, row: sa.engine.RowMapping, there: int, now: str, *, ask: bool = True
) -> None:
    response = row["response_id"]
    freed = sa.update(conversations).where(conversations.c.id == row["id"])
    await connection.execute(freed.values(**changed(response_id=None, owner="bot", tracker=None)))
    await release(connection, row["id"])
    taken = sa.update(conversations).where(conversations.c.id == there)
    owned = changed(response_id=response, owner="survey", language=row["language"], tracker=None)
    await connection.execute(taken.values(**owned))
    await connection.execute(
        sa.update(responses).where(responses.c.id == response).values(conversation_id=there, timeout_at=None)
    )
    if ask:
        await connection.execute(
            sa.insert(inbox).values(
                conversation_id=there,
                provider="conductor",
                message_id=f"moved-{response}-{there}-{now}",
                kind="resume",
                payload=json.dumps({"response": response}),
                received_at=now,
            )
        )
