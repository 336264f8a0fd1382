"""Invitations in the database. Implements `bot.outreach.ports.Invitations`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.outreach.decision import Standing
from bot.outreach.invitee import Invitee
from bot.outreach.ports import Invited, Judge
from bot.storage import contacts as people
from bot.storage.engine import Database
from bot.storage.fence import hold_at
from bot.storage.moving import BY_NUMBER
from bot.storage.numbers import hold_numbers
from bot.storage.tables import conversations, inbox, invitations

LOCK = 0x1A7E
"""Number of PostgreSQL's advisory lock under which processes invite one after the other: two of them must not both find
that somebody was not asked yet. On SQLite the write transaction does that by itself."""


_ALONE = sa.text("SELECT pg_advisory_xact_lock(:lock), set_config('plan_cache_mode', 'force_custom_plan', true)")
"""Takes that lock, and lets PostgreSQL plan each batch for the tables as they are: the plan that it would keep is one
for the empty tables of the first batch, and reads all that the campaign has written so far, for every batch."""


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
            await alone(connection, self._database)
            return await invite_in(connection, survey_key, invitees, judge, now)

    async def standings(self, invitees: Sequence[Invitee]) -> list[Standing]:
        async with self._database.read() as connection:
            return [found.standing for found in await people.find(connection, invitees)]


async def alone(connection: AsyncConnection, database: Database) -> None:
    """Until its transaction ends nobody else invites."""
    if not database.sqlite:
        await connection.execute(_ALONE, {"lock": LOCK})


async def invite_in(
    connection: AsyncConnection, survey_key: str, invitees: Sequence[Invitee], judge: Judge, now: str
) -> list[Invited]:
    """See `Invitations.invite`, inside a transaction that is `alone`."""
    await hold_numbers(connection, [one.address for one in invitees if one.channel in BY_NUMBER])
    await hold_at(connection, {one.channel for one in invitees}, {one.address for one in invitees})
    outcomes: dict[int, Invited] = {}
    for places in _rounds(invitees):
        asked = await _all(connection, survey_key, [invitees[place] for place in places], judge, now)
        outcomes.update(zip(places, asked, strict=True))
    return [outcomes[place] for place in range(len(invitees))]


def _rounds(invitees: Sequence[Invitee]) -> list[list[int]]:
    """The invitees' places, so that no round has an address or an external id twice: the second time is judged after
    the first is stored."""
    rounds: list[list[int]] = []
    times: Counter[tuple[str, str | None]] = Counter()
    for place, invitee in enumerate(invitees):
        keys = [("address", invitee.address), ("external id", invitee.external_id)]
        mine = [key for key in keys if key[1]]
        turn = max(times[key] for key in mine)
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(place)
        for key in mine:
            times[key] = turn + 1
    return rounds


async def _all(
    connection: AsyncConnection, survey_key: str, invitees: Sequence[Invitee], judge: Judge, now: str
) -> list[Invited]:
    """Invite people with different addresses, with few statements for all of them."""
    looked_up = await people.find(connection, invitees)
    verdicts = [judge(invitee, found.standing) for invitee, found in zip(invitees, looked_up, strict=True)]
    judged = list(zip(invitees, looked_up, verdicts, strict=True))
    persons = [
        people.Person(who, found, verdict.language, verdict.waits)
        for who, found, verdict in judged
        if not verdict.reason
    ]
    stored = iter(await _store(connection, survey_key, persons, now))
    return [
        Invited(verdict.reason, verdict.language, conversation=found.conversation) if verdict.reason else next(stored)
        for _, found, verdict in judged
    ]


async def _store(
    connection: AsyncConnection, survey_key: str, persons: Sequence[people.Person], now: str
) -> list[Invited]:
    places = await people.ensure(connection, persons, now)
    rows = [
        {
            "contact_id": contact,
            "conversation_id": conversation,
            "survey_key": survey_key,
            "channel": person.invitee.channel,
            "status": "queued",
            "created_at": now,
        }
        for person, (contact, conversation) in zip(persons, places, strict=True)
    ]
    ids = await people.insert(connection, invitations, rows)
    invited = [
        Invited("", person.language, invitation, conversation, person.waits)
        for person, invitation, (_, conversation) in zip(persons, ids, places, strict=True)
    ]
    if invited:
        await connection.execute(
            sa.insert(inbox),
            [_message(survey_key, person, one, now) for person, one in zip(persons, invited, strict=True)],
        )
    return invited


async def ask_here(connection: AsyncConnection, survey_key: str, conversation: int, now: str) -> int:
    """Invite the contact of a conversation in that very conversation, inside somebody's transaction. Returns the
    invitation's id. Whether they may be asked is looked at when its turn comes: an opt-out, a person who has the
    conversation, another survey."""
    query = sa.select(conversations).where(conversations.c.id == conversation)
    here = (await connection.execute(query)).mappings().one()
    made = await connection.execute(
        sa.insert(invitations).values(
            contact_id=here["contact_id"],
            conversation_id=conversation,
            survey_key=survey_key,
            channel=here["channel"],
            status="queued",
            created_at=now,
        )
    )
    invitation = int(made.inserted_primary_key[0])
    payload = {"survey": survey_key, "invitation": invitation, **{k: here[k] for k in ("language", "provider")}}
    await connection.execute(sa.insert(inbox).values(**_row(payload, conversation, now)))
    return invitation


def _message(survey_key: str, person: people.Person, invited: Invited, now: str) -> dict[str, Any]:
    payload = {
        "survey": survey_key,
        "invitation": invited.invitation,
        "language": invited.language,
        "provider": person.invitee.provider,
    }
    return _row(payload, invited.conversation, now)


def _row(payload: dict[str, Any], conversation: int | None, now: str) -> dict[str, Any]:
    return {
        "conversation_id": conversation,
        "provider": "conductor",
        "message_id": f"invite-{payload['invitation']}",
        "kind": "invite",
        "payload": json.dumps(payload),
        "received_at": now,
    }
