"""Read model: all that is known of one customer, across channels."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.borders import visible
from bot.storage.catalogue import SqlCatalogue, UnknownSurvey
from bot.storage.engine import Database
from bot.storage.tables import answers, cases, contacts, conversations, invitations, responses
from survey_flows.questions.base import words

MOST = 20
"""Rows of each list, the newest."""


@dataclass(frozen=True)
class Place:
    """A conversation: where the customer can be met."""

    id: int
    channel: str
    address: str
    last_inbound_at: str | None


@dataclass(frozen=True)
class Taken:
    """A response, with its scores: (metric, score, band)."""

    id: int
    survey: str
    channel: str
    status: str
    started_at: str
    scores: tuple[tuple[str, float, str], ...]


@dataclass(frozen=True)
class Customer:
    """`titles`: what each survey named here is called, by its key."""

    id: int
    name: str
    language: str
    since: str
    opted_out_at: str | None
    attributes: Mapping[str, Any]
    places: Sequence[Place]
    responses: Sequence[Taken]
    cases: Sequence[Mapping[str, Any]]
    invitations: Sequence[Mapping[str, Any]]
    titles: Mapping[str, str] = field(default_factory=dict)


class CustomerView:
    def __init__(self, database: Database, catalogue: SqlCatalogue) -> None:
        self._database = database
        self._catalogue = catalogue

    async def customer(
        self, contact: int, agent: str = "", teams: tuple[str, ...] | None = None, language: str = "en"
    ) -> Customer | None:
        """`teams` (None: all) and `agent`: whose eyes; cases that are not theirs to see are left out. `language`: the
        reader's."""
        found = await self._found(contact, agent, teams)
        if found is None:
            return None
        keys = {taken.survey for taken in found.responses} | {asked["survey_key"] for asked in found.invitations}
        return replace(found, titles={key: await self._title(key, language) for key in sorted(keys)})

    async def _title(self, key: str, language: str) -> str:
        """Its key, where the survey is not published any more."""
        try:
            survey = await self._catalogue.live(key)
        except UnknownSurvey:
            return key
        return words(survey.title, language, survey.language)

    async def _found(self, contact: int, agent: str, teams: tuple[str, ...] | None) -> Customer | None:
        async with self._database.read() as connection:
            query = sa.select(contacts).where(contacts.c.id == contact)
            row = (await connection.execute(query)).mappings().first()
            if row is None:
                return None
            return Customer(
                id=contact,
                name=row["name"] or "",
                language=row["language"] or "",
                since=row["created_at"],
                opted_out_at=row["opted_out_at"],
                attributes=json.loads(row["attributes"]),
                places=await _places(connection, contact),
                responses=await _responses(connection, contact),
                cases=await _newest(connection, cases, contact, _CASE, visible(agent, teams)),
                invitations=await _newest(connection, invitations, contact, _INVITATION),
            )


_CASE = ("id", "status", "reason", "metric", "score", "band", "touchpoint", "opened_at", "root_cause")
_INVITATION = ("id", "survey_key", "channel", "status", "reason", "created_at", "sent_at")


async def _places(connection: AsyncConnection, contact: int) -> list[Place]:
    query = sa.select(conversations).where(conversations.c.contact_id == contact).order_by(conversations.c.id)
    rows = (await connection.execute(query.limit(MOST))).mappings()
    return [Place(row["id"], row["channel"], row["address"], row["last_inbound_at"]) for row in rows]


async def _responses(connection: AsyncConnection, contact: int) -> list[Taken]:
    query = sa.select(responses).where(responses.c.contact_id == contact).order_by(responses.c.id.desc()).limit(MOST)
    rows = (await connection.execute(query)).mappings().all()
    scored = (
        sa.select(answers.c.response_id, answers.c.metric, answers.c.score, answers.c.band)
        .where(answers.c.response_id.in_([row["id"] for row in rows]), answers.c.state == "current")
        .where(answers.c.score.isnot(None), answers.c.metric != "")
        .order_by(answers.c.id)
    )
    scores: dict[int, list[tuple[str, float, str]]] = {}
    for response, metric, score, band in (await connection.execute(scored)).all():
        scores.setdefault(response, []).append((metric, score, band))
    return [
        Taken(
            row["id"],
            row["survey_key"],
            row["channel"],
            row["status"],
            row["started_at"],
            tuple(scores.get(row["id"], ())),
        )
        for row in rows
    ]


async def _newest(
    connection: AsyncConnection, table: sa.Table, contact: int, shown: Sequence[str], also: Any = None
) -> list[Mapping[str, Any]]:
    query = sa.select(*(table.c[name] for name in shown)).where(table.c.contact_id == contact)
    query = query if also is None else query.where(also)
    rows = (await connection.execute(query.order_by(table.c.id.desc()).limit(MOST))).mappings()
    return [dict(row) for row in rows]
