"""Invitations in the database. Implements `bot.outreach.ports.Invitations`."""

from __future__ import annotations

import json
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.outreach.decision import Standing
from bot.outreach.invitee import Invitee
from bot.outreach.ports import Invited, Judge
from bot.storage import contacts as people
from bot.storage.engine import Database
from bot.storage.tables import inbox, invitations

LOCK = 0x1A7E
"""Number of PostgreSQL's advisory lock under which processes invite one after the other: two of them must not both find
that somebody was not asked yet. On SQLite the write transaction does that by itself."""


class SqlInvitations:
    """Each invitation is one row in `invitations` and one in `inbox` (kind "invite"), which the server takes up."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def invite(self, survey_key: str, invitees: Sequence[Invitee], judge: Judge, now: str) -> list[Invited]:
        try:
            return await self._invite(survey_key, invitees, judge, now)
        except IntegrityError:
            # Somebody wrote for the first time at this very moment: the second look finds their conversation.
            return await self._invite(survey_key, invitees, judge, now)

    async def _invite(self, survey_key: str, invitees: Sequence[Invitee], judge: Judge, now: str) -> list[Invited]:
        async with self._database.write() as connection:
            if not self._database.sqlite:
                await connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            return [await _one(connection, survey_key, invitee, judge, now) for invitee in invitees]

    async def standings(self, invitees: Sequence[Invitee]) -> list[Standing]:
        async with self._database.read() as connection:
            return [(await people.find(connection, invitee)).standing for invitee in invitees]


async def _one(connection: AsyncConnection, survey_key: str, invitee: Invitee, judge: Judge, now: str) -> Invited:
    found = await people.find(connection, invitee)
    verdict = judge(invitee, found.standing)
    if verdict.reason:
        return Invited(verdict.reason, verdict.language, conversation=found.conversation)
    contact, conversation = await people.ensure(connection, invitee, found, verdict.language, now)
    made = await connection.execute(
        sa.insert(invitations).values(
            contact_id=contact,
            conversation_id=conversation,
            survey_key=survey_key,
            channel=invitee.channel,
            status="queued",
            created_at=now,
        )
    )
    invitation = int(made.inserted_primary_key[0])
    payload = {"survey": survey_key, "invitation": invitation, "language": verdict.language}
    await connection.execute(
        sa.insert(inbox).values(
            conversation_id=conversation,
            provider="conductor",
            message_id=f"invite-{invitation}",
            kind="invite",
            payload=json.dumps(payload),
            received_at=now,
        )
    )
    return Invited("", verdict.language, invitation, conversation)
