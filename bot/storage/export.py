"""Responses as they leave the house: streamed, one at a time, whatever their number."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.storage.engine import Database
from bot.storage.report_queries import Filter, Period
from bot.storage.tables import answers, contacts, conversations, responses

PAGE = 500
"""Responses read at once."""


@dataclass(frozen=True)
class ExportedAnswer:
    """`state`: current, superseded, withdrawn. `value` as the answer type has it; `raw` the customer's own words,
    `comment` what of them stands beside the value."""

    node: str
    type: str
    value: Any
    raw: str
    score: float | None
    band: str
    skipped: bool
    state: str
    answered_at: str
    comment: str = ""


@dataclass(frozen=True)
class ExportedResponse:
    """`contact`, `name` and `address` are None for an anonymous response: then the database itself has forgotten the
    contact, and the export leaves out the conversation too."""

    id: int
    survey: str
    version: str
    touchpoint: str
    channel: str
    language: str
    status: str
    started_at: str
    ended_at: str | None
    contact: int | None
    name: str | None
    address: str | None
    answers: tuple[ExportedAnswer, ...]


class Export:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def nodes(self, wanted: Filter) -> list[str]:
        """Every question that has an answer in the export, in the order in which they first came up."""
        query = (
            sa.select(answers.c.node)
            .join(responses, responses.c.id == answers.c.response_id)
            .where(answers.c.state == "current", *_wanted(wanted))
            .group_by(answers.c.node)
            .order_by(sa.func.min(answers.c.id))
        )
        async with self._database.read(patient=True) as connection:
            return [node for (node,) in (await connection.execute(query)).all()]

    async def commented(self, wanted: Filter) -> list[str]:
        """Those of the questions beside whose answers somebody said something."""
        query = (
            sa.select(answers.c.node)
            .join(responses, responses.c.id == answers.c.response_id)
            .where(answers.c.state == "current", answers.c.comment != "", *_wanted(wanted))
            .group_by(answers.c.node)
            .order_by(sa.func.min(answers.c.id))
        )
        async with self._database.read(patient=True) as connection:
            return [node for (node,) in (await connection.execute(query)).all()]

    async def responses(self, wanted: Filter, all_answers: bool = False) -> AsyncIterator[ExportedResponse]:
        """The responses, oldest first. Without `all_answers` only what counts: answers that were neither replaced nor
        withdrawn."""
        after = 0
        while True:
            async with self._database.read(patient=True) as connection:
                rows = (await connection.execute(_page(wanted, after))).mappings().all()
                if not rows:
                    return
                given = await _answers(connection, [row["id"] for row in rows], all_answers)
            for row in rows:
                yield ExportedResponse(**row, answers=tuple(given.get(row["id"], ())))
            after = rows[-1]["id"]


def _page(wanted: Filter, after: int) -> sa.sql.Select:
    known = responses.c.contact_id.is_not(None)
    return (
        sa.select(
            responses.c.id,
            responses.c.survey_key.label("survey"),
            responses.c.fingerprint.label("version"),
            responses.c.touchpoint,
            responses.c.channel,
            responses.c.language,
            responses.c.status,
            responses.c.started_at,
            responses.c.ended_at,
            responses.c.contact_id.label("contact"),
            contacts.c.name,
            sa.case((known, conversations.c.address)).label("address"),
        )
        .join(conversations, conversations.c.id == responses.c.conversation_id)
        .outerjoin(contacts, contacts.c.id == responses.c.contact_id)
        .where(responses.c.id > after, *_wanted(wanted))
        .order_by(responses.c.id)
        .limit(PAGE)
    )


async def _answers(connection: Any, ids: list[int], all_answers: bool) -> dict[int, list[ExportedAnswer]]:
    query = sa.select(answers).where(answers.c.response_id.in_(ids)).order_by(answers.c.response_id, answers.c.id)
    if not all_answers:
        query = query.where(answers.c.state == "current")
    found: dict[int, list[ExportedAnswer]] = {}
    for row in (await connection.execute(query)).mappings():
        found.setdefault(row["response_id"], []).append(_answer(row))
    return found


def _answer(row: Any) -> ExportedAnswer:
    return ExportedAnswer(
        node=row["node"],
        type=row["type"],
        value=json.loads(row["value"]) if row["value"] else None,
        raw=row["raw"],
        score=row["score"],
        band=row["band"],
        skipped=bool(row["skipped"]),
        state=row["state"],
        answered_at=row["answered_at"],
        comment=row["comment"],
    )


def _wanted(wanted: Filter) -> list[Any]:
    period: Period = wanted.period
    limits: list[Any] = []
    if wanted.survey:
        limits.append(responses.c.survey_key == wanted.survey)
    if period.start:
        limits.append(responses.c.started_at >= period.start)
    if period.end:
        limits.append(responses.c.started_at < period.end)
    return limits
