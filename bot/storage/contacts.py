"""Contacts and their conversations, as inviting finds and makes them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.outreach.decision import Standing
from bot.outreach.invitee import Invitee
from bot.storage.tables import contacts, conversations, invitations

TELEPHONE = ("sms", "whatsapp", "voice")
"""Channels whose address is the telephone number: the same number on another of them is the same person."""


@dataclass(frozen=True)
class Found:
    """What the database knows of an invitee. `conversation` is None when they never wrote on this very channel."""

    standing: Standing
    contact: int | None = None
    conversation: int | None = None
    attributes: str = "{}"


_last_asked = (
    sa.select(sa.func.max(invitations.c.created_at))
    .where(invitations.c.contact_id == contacts.c.id, invitations.c.status != "skipped")
    .scalar_subquery()
)
_FIND = (
    sa.select(
        conversations.c.id,
        conversations.c.channel,
        conversations.c.owner,
        conversations.c.response_id,
        sa.func.coalesce(contacts.c.language, conversations.c.language).label("language"),
        contacts.c.id.label("contact"),
        contacts.c.attributes,
        contacts.c.opted_out_at,
        _last_asked.label("last_asked_at"),
    )
    .join(contacts, contacts.c.id == conversations.c.contact_id)
    .where(
        conversations.c.channel.in_(sa.bindparam("channels", expanding=True)),
        conversations.c.address == sa.bindparam("address"),
    )
    .order_by(conversations.c.id)
)


async def find(connection: AsyncConnection, invitee: Invitee) -> Found:
    """The contact and the conversation of an address, if there are any, and how they stand."""
    channels = TELEPHONE if invitee.channel in TELEPHONE else (invitee.channel,)
    rows = (await connection.execute(_FIND, {"channels": list(channels), "address": invitee.address})).mappings().all()
    here = next((row for row in rows if row["channel"] == invitee.channel), None)
    known = here or (rows[0] if rows else None)
    if known is None:
        return Found(Standing())
    standing = Standing(
        opted_out=any(row["opted_out_at"] is not None for row in rows),
        owner=here["owner"] if here else "bot",
        survey_open=here is not None and here["response_id"] is not None,
        last_asked_at=max((row["last_asked_at"] for row in rows if row["last_asked_at"]), default=None),
        language=known["language"],
    )
    return Found(standing, known["contact"], here["id"] if here else None, known["attributes"])


async def ensure(
    connection: AsyncConnection, invitee: Invitee, found: Found, language: str, now: str
) -> tuple[int, int]:
    """The ids of the contact and of the conversation, made where they are missing; what is newly known is kept."""
    contact = found.contact
    if contact is None:
        contact = await _new_contact(connection, invitee, language, now)
    else:
        await _learn(connection, contact, invitee, found)
    conversation = found.conversation
    if conversation is None:
        conversation = await _new_conversation(connection, contact, invitee, language, now)
    elif invitee.language == language:
        here = conversations.c.id == conversation
        await connection.execute(sa.update(conversations).where(here).values(language=language))
    return contact, conversation


async def _new_contact(connection: AsyncConnection, invitee: Invitee, language: str, now: str) -> int:
    made = await connection.execute(
        sa.insert(contacts).values(
            name=invitee.name,
            language=invitee.language or language,
            attributes=_json(dict(invitee.attributes)),
            created_at=now,
        )
    )
    return int(made.inserted_primary_key[0])


async def _new_conversation(
    connection: AsyncConnection, contact: int, invitee: Invitee, language: str, now: str
) -> int:
    made = await connection.execute(
        sa.insert(conversations).values(
            contact_id=contact,
            provider=invitee.provider,
            channel=invitee.channel,
            address=invitee.address,
            language=language,
            created_at=now,
        )
    )
    return int(made.inserted_primary_key[0])


async def _learn(connection: AsyncConnection, contact: int, invitee: Invitee, found: Found) -> None:
    """What was given now goes over what was known; what was not given stays."""
    values: dict[str, Any] = {}
    if invitee.name:
        values["name"] = invitee.name
    if invitee.language:
        values["language"] = invitee.language
    if invitee.attributes:
        values["attributes"] = _json({**json.loads(found.attributes), **invitee.attributes})
    if values:
        await connection.execute(sa.update(contacts).where(contacts.c.id == contact).values(**values))


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
