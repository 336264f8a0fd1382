"""Contacts and their conversations, as inviting finds and makes them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.outreach.decision import Standing
from bot.outreach.invitee import Invitee
from bot.storage.tables import contacts, conversations, invitations, responses

TELEPHONE = ("sms", "whatsapp", "voice")
"""Channels whose address is the telephone number: the same number on another of them is the same person."""


@dataclass(frozen=True)
class Found:
    """What the database knows of an invitee. `conversation` is None when they never wrote on this very channel."""

    standing: Standing
    contact: int | None = None
    conversation: int | None = None
    attributes: str = "{}"
    provider: str = ""


_last_asked = (
    sa.select(sa.func.max(invitations.c.created_at))
    .where(invitations.c.contact_id == contacts.c.id, invitations.c.status != "skipped")
    .scalar_subquery()
)
_FIND = (
    sa.select(
        conversations.c.id,
        conversations.c.channel,
        conversations.c.address,
        conversations.c.owner,
        conversations.c.provider,
        conversations.c.last_inbound_at,
        responses.c.survey_key.label("open_survey"),
        sa.func.coalesce(contacts.c.language, conversations.c.language).label("language"),
        contacts.c.id.label("contact"),
        contacts.c.attributes,
        contacts.c.external_id,
        contacts.c.opted_out_at,
        _last_asked.label("last_asked_at"),
    )
    .join(contacts, contacts.c.id == conversations.c.contact_id)
    .outerjoin(responses, responses.c.id == conversations.c.response_id)
    .where(
        conversations.c.channel.in_(sa.bindparam("channels", expanding=True)),
        conversations.c.address.in_(sa.bindparam("addresses", expanding=True)),
    )
    .order_by(conversations.c.id)
)
_BY_EXTERNAL_ID = sa.select(
    contacts.c.id.label("contact"),
    contacts.c.external_id,
    contacts.c.attributes,
    contacts.c.language,
    contacts.c.opted_out_at,
    _last_asked.label("last_asked_at"),
).where(contacts.c.external_id.in_(sa.bindparam("external_ids", expanding=True)))
_NEXT_IDS = sa.text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")


async def find(connection: AsyncConnection, invitees: Sequence[Invitee]) -> list[Found]:
    """For each invitee, in order, the contact and the conversation of the address, if there are any, and how they
    stand. A query for all addresses, and one for all external ids."""
    by_address: dict[str, list[Any]] = {}
    channels = {channel for invitee in invitees for channel in _family(invitee)}
    values = {"channels": list(channels), "addresses": list({invitee.address for invitee in invitees})}
    if invitees:
        for row in (await connection.execute(_FIND, values)).mappings():
            by_address.setdefault(row["address"], []).append(row)
    by_external_id = {}
    if external_ids := list({invitee.external_id for invitee in invitees if invitee.external_id}):
        rows = (await connection.execute(_BY_EXTERNAL_ID, {"external_ids": external_ids})).mappings()
        by_external_id = {row["external_id"]: row for row in rows}
    return [
        _found(invitee, by_address.get(invitee.address, ()), by_external_id.get(invitee.external_id or ""))
        for invitee in invitees
    ]


def _family(invitee: Invitee) -> tuple[str, ...]:
    return TELEPHONE if invitee.channel in TELEPHONE else (invitee.channel,)


def _found(invitee: Invitee, of_address: Sequence[Any], of_external_id: Any | None) -> Found:
    rows = [row for row in of_address if row["channel"] in _family(invitee)]
    here = next((row for row in rows if row["channel"] == invitee.channel), None)
    known = here or (rows[0] if rows else None)
    if known is None:
        return _elsewhere(of_external_id)
    if conflict := _conflict(invitee, known, of_external_id):
        return Found(Standing(conflict=conflict))
    standing = Standing(
        opted_out=any(row["opted_out_at"] is not None for row in rows),
        owner=here["owner"] if here else "bot",
        open_survey=here["open_survey"] if here else None,
        last_asked_at=max((row["last_asked_at"] for row in rows if row["last_asked_at"]), default=None),
        language=known["language"],
        heard_at=here["last_inbound_at"] if here else None,
    )
    ids = known["contact"], here["id"] if here else None
    return Found(standing, *ids, known["attributes"], here["provider"] if here else "")


def _elsewhere(row: Any | None) -> Found:
    """Nobody has the address yet; perhaps the company knows the contact from another channel."""
    if row is None:
        return Found(Standing())
    standing = Standing(
        opted_out=row["opted_out_at"] is not None, last_asked_at=row["last_asked_at"], language=row["language"]
    )
    return Found(standing, row["contact"], None, row["attributes"])


def _conflict(invitee: Invitee, known: Any, of_external_id: Any | None) -> str:
    """Two contacts are never made one by an invitation: that takes a link code."""
    if not invitee.external_id or known["external_id"] == invitee.external_id:
        return ""
    if known["external_id"]:
        return "the address is that of a contact with another external id"
    if of_external_id is not None:
        return "the external id is another contact's; a link code can make them one"
    return ""


@dataclass(frozen=True)
class Person:
    """Somebody who is invited, in `language`; `found`: what the database knew of them; `waits`: another survey runs."""

    invitee: Invitee
    found: Found
    language: str
    waits: bool = False


async def ensure(connection: AsyncConnection, persons: Sequence[Person], now: str) -> list[tuple[int, int]]:
    """For each person, in order, the ids of the contact and of the conversation, made where they are missing; what is
    newly known is kept. No address may be there twice."""
    for person in sorted(persons, key=lambda one: one.found.contact or 0):  # the order of locks: `fence.py`
        await _learn(connection, person)
    new = [person for person in persons if person.found.contact is None]
    contact_ids = iter(await insert(connection, contacts, [_contact(person, now) for person in new]))
    people = [next(contact_ids) if p.found.contact is None else p.found.contact for p in persons]
    silent = [(p, contact) for p, contact in zip(persons, people, strict=True) if p.found.conversation is None]
    made = iter(await insert(connection, conversations, [_conversation(p, contact, now) for p, contact in silent]))
    here = [next(made) if p.found.conversation is None else p.found.conversation for p in persons]
    return list(zip(people, here, strict=True))


async def insert(connection: AsyncConnection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Insert many rows at once; returns their ids in order. A statement per row would take ten times as long.

    The ids are taken beforehand. On SQLite the transaction is the only writer, and the next id is one more than the
    greatest, as SQLite itself has it for these tables; PostgreSQL gives them from the column's own sequence."""
    if not rows:
        return []
    if connection.dialect.name == "sqlite":
        top = (await connection.execute(sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0)))).scalar_one()
        ids = list(range(top + 1, top + 1 + len(rows)))
    else:
        values = {"name": table.name, "count": len(rows)}
        ids = list((await connection.execute(_NEXT_IDS, values)).scalars())
    await connection.execute(sa.insert(table), [{"id": id_, **row} for id_, row in zip(ids, rows, strict=True)])
    return ids


def _contact(person: Person, now: str) -> dict[str, Any]:
    return {
        "name": person.invitee.name,
        "language": person.invitee.language or person.language,
        "attributes": _json(dict(person.invitee.attributes)),
        "external_id": person.invitee.external_id,
        "created_at": now,
    }


def _conversation(person: Person, contact: int, now: str) -> dict[str, Any]:
    return {
        "contact_id": contact,
        "provider": person.invitee.provider,
        "channel": person.invitee.channel,
        "address": person.invitee.address,
        "language": person.language,
        "created_at": now,
    }


async def _learn(connection: AsyncConnection, person: Person) -> None:
    """What was given now goes over what was known; what was not given stays."""
    invitee, found = person.invitee, person.found
    if found.conversation is not None:
        await _learn_here(connection, person, found.conversation)
    if found.contact is None:
        return
    values: dict[str, Any] = {}
    if invitee.name:
        values["name"] = invitee.name
    if invitee.language:
        values["language"] = invitee.language
    if invitee.external_id:
        values["external_id"] = invitee.external_id
    if invitee.attributes:
        values["attributes"] = _json({**json.loads(found.attributes), **invitee.attributes})
    if values:
        await connection.execute(sa.update(contacts).where(contacts.c.id == found.contact).values(**values))


async def _learn_here(connection: AsyncConnection, person: Person, conversation: int) -> None:
    """A survey that runs in the conversation stays as it is: the language it is asked in, and who carries it. The
    invitation brings its own when its turn comes."""
    if person.found.standing.open_survey is not None:
        return
    values: dict[str, Any] = {}
    if person.invitee.language == person.language:
        values["language"] = person.language
    if person.invitee.provider != person.found.provider:
        values["provider"] = person.invitee.provider
    if values:
        here = conversations.c.id == conversation
        await connection.execute(sa.update(conversations).where(here).values(**values))


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
