"""Link codes in the database, and what redeeming one does. Implements `bot.outreach.linking.Links`."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import ConductorError
from bot.outreach.linking import CodeFacts, differ
from bot.storage.engine import Database
from bot.storage.fence import hold_all
from bot.storage.merging import hold_contacts, merge
from bot.storage.tables import contacts, conversations, inbox, invitations, link_codes


class SqlLinks:
    """Codes, and the contacts that they are made for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def facts(self, digest: str, conversation: int) -> CodeFacts | None:
        bringer = contacts.alias("bringer")
        query = (
            sa.select(
                link_codes,
                contacts.c.external_id,
                contacts.c.opted_out_at,
                bringer.c.opted_out_at.label("bringer_opted_out_at"),
                bringer.c.id.label("bringer"),
                bringer.c.external_id.label("bringer_external_id"),
            )
            .join(contacts, contacts.c.id == link_codes.c.contact_id)
            .join(conversations, conversations.c.id == conversation)
            .join(bringer, bringer.c.id == conversations.c.contact_id)
            .where(link_codes.c.digest == digest)
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).mappings().first()
        if row is None:
            return None
        return CodeFacts(
            id=row["id"],
            contact=row["contact_id"],
            external_id=row["external_id"],
            bringer=row["bringer"],
            bringer_external_id=row["bringer_external_id"],
            survey=row["survey_key"],
            expires_at=row["expires_at"],
            redeemed_at=row["redeemed_at"],
            opted_out=bool(row["opted_out_at"] or row["bringer_opted_out_at"]),
        )

    async def keep(self, digest: str, contact: int, survey: str | None, now: str, expires_at: str) -> None:
        values = {"digest": digest, "contact_id": contact, "survey_key": survey}
        async with self._database.write() as connection:
            await connection.execute(sa.insert(link_codes).values(**values, created_at=now, expires_at=expires_at))

    async def contact(
        self, external_id: str | None, place: tuple[str, str] | None, name: str | None, language: str | None, now: str
    ) -> int:
        """The contact of an address (`place`: channel, address), of an external id, or of both; one that only has an
        external id is made if it is new. Raises ConductorError where address and external id are of two people."""
        async with self._database.write() as connection:
            here = await _at(connection, place) if place else None
            if place and here is None:
                raise ConductorError(
                    f"Nobody is known at {place[1]} on {place[0]}.",
                    "Invite them first, or make the code for an --external-id alone.",
                )
            known = await _by_external_id(connection, external_id) if external_id else None
            if here is None:
                return known or await _new(connection, external_id, name, language, now)
            if known not in (None, here.id) or differ(here.external_id, external_id):
                raise ConductorError(
                    f"{(place or ('', ''))[1]} and the external id {external_id} are two contacts.",
                    "Make a code for the external id alone, and let the customer bring it from that address.",
                )
            if external_id:
                mine = contacts.c.id == here.id
                await connection.execute(sa.update(contacts).where(mine).values(external_id=external_id))
            return int(here.id)


async def _at(connection: AsyncConnection, place: tuple[str, str]) -> sa.engine.Row | None:
    query = sa.select(contacts.c.id, contacts.c.external_id).join(
        conversations, conversations.c.contact_id == contacts.c.id
    )
    there = sa.and_(conversations.c.channel == place[0], conversations.c.address == place[1])
    return (await connection.execute(query.where(there))).first()


async def _by_external_id(connection: AsyncConnection, external_id: str) -> int | None:
    query = sa.select(contacts.c.id).where(contacts.c.external_id == external_id)
    found = (await connection.execute(query)).scalar()
    return int(found) if found is not None else None


async def _new(
    connection: AsyncConnection, external_id: str | None, name: str | None, language: str | None, now: str
) -> int:
    made = sa.insert(contacts).values(external_id=external_id, name=name, language=language, created_at=now)
    return int((await connection.execute(made)).inserted_primary_key[0])


def contact_of(code: int) -> Any:
    """A query for the contact whose code it is."""
    return sa.select(link_codes.c.contact_id).where(link_codes.c.id == code).scalar_subquery()


async def redeem(connection: AsyncConnection, code: int, conversation: int, now: str) -> None:
    """Inside a turn's transaction: the conversation's contact becomes the code's, and the code's survey is its next
    message. Raises when somebody else has used the code meanwhile; the turn is then tried again, and told so."""
    here = sa.select(conversations).where(conversations.c.id == conversation)
    bringer = (await connection.execute(here)).mappings().one()
    await hold_all(connection, bringer["contact_id"], contact_of(code))
    await hold_contacts(connection, bringer["contact_id"], contact_of(code))
    free = sa.and_(link_codes.c.id == code, link_codes.c.redeemed_at.is_(None))
    row = (await connection.execute(sa.select(link_codes).where(free).with_for_update())).mappings().first()
    if row is None:
        raise RuntimeError(f"Link code {code} was used by somebody else just now.")
    await merge(connection, row["contact_id"], bringer["contact_id"], conversation)
    used = {"redeemed_at": now, "conversation_id": conversation}
    await connection.execute(sa.update(link_codes).where(link_codes.c.id == code).values(**used))
    if row["survey_key"]:
        await _invite(connection, row, bringer, now)


async def _invite(
    connection: AsyncConnection, code: sa.engine.RowMapping, here: sa.engine.RowMapping, now: str
) -> None:
    invitation = sa.insert(invitations).values(
        contact_id=code["contact_id"],
        conversation_id=here["id"],
        survey_key=code["survey_key"],
        channel=here["channel"],
        status="queued",
        created_at=now,
    )
    number = (await connection.execute(invitation)).inserted_primary_key[0]
    payload = {"survey": code["survey_key"], "invitation": number, "provider": here["provider"]}
    await connection.execute(
        sa.insert(inbox).values(
            conversation_id=here["id"],
            provider="conductor",
            message_id=f"invite-{number}",
            kind="invite",
            payload=json.dumps(payload),
            received_at=now,
        )
    )
