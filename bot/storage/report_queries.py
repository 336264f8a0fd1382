"""Counts for reports. The database does the counting: what comes back has a size that does not grow with the
answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from bot.insight.nps import DETRACTOR_TO
from bot.storage.engine import Database
from bot.storage.tables import answers, conversations, inbox, invitations, outbox, responses

ARRIVED = ("sent", "delivered", "read")
"""States of an outgoing message that reached the customer, as far as the provider says."""


@dataclass(frozen=True)
class Period:
    """From `start` up to, not including, `end`; ISO 8601 in UTC, "" for no limit."""

    start: str = ""
    end: str = ""


@dataclass(frozen=True)
class Filter:
    """Which responses count. `by`: "" or the column of `responses` that splits them: channel, language, touchpoint."""

    survey: str = ""
    period: Period = field(default_factory=Period)
    by: str = ""


@dataclass(frozen=True)
class ScoreCount:
    """How often one score was given to one question."""

    survey: str
    question: str
    metric: str
    group: str
    score: int
    count: int


@dataclass(frozen=True)
class Runs:
    """How many responses of a survey began, and how many of them were completed."""

    survey: str
    group: str
    started: int
    completed: int


@dataclass(frozen=True)
class Sent:
    """Of one day's invitations: how many went out, and how many of those were answered, whenever that was."""

    survey: str
    day: str
    delivered: int
    answered: int


@dataclass(frozen=True)
class Recovered:
    """Of the detractors who were asked again (`followed`), how many no longer are."""

    recovered: int
    followed: int


_COUNTED = (answers.c.state == "current", answers.c.skipped.is_(False), answers.c.value.is_not(None))
"""What counts as an answer: given, not replaced, still on the customer's path."""


class ReportQueries:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def scores(self, wanted: Filter) -> list[ScoreCount]:
        """How often each score was given, per question; current answers only. By the time of the answer."""
        keys = [responses.c.survey_key, answers.c.question, answers.c.metric, answers.c.score, *_group(wanted.by)]
        query = (
            sa.select(sa.func.count(), *keys)
            .join(responses, responses.c.id == answers.c.response_id)
            .where(
                answers.c.metric.in_(("nps", "ces1", "ces2", "csat")),
                *_COUNTED,
                *_within(answers.c.answered_at, wanted.period),
                *_survey(responses.c.survey_key, wanted.survey),
            )
            .group_by(*keys)
            .order_by(*keys)
        )
        async with self._database.read(patient=True) as connection:
            found = (await connection.execute(query)).all()
        return [
            ScoreCount(key, question, metric, "".join(group), round(score), count)
            for count, key, question, metric, score, *group in found
        ]

    async def runs(self, wanted: Filter) -> list[Runs]:
        """Responses by the time they began."""
        keys = [responses.c.survey_key, *_group(wanted.by)]
        completed = sa.func.sum(sa.case((responses.c.status == "completed", 1), else_=0))
        query = (
            sa.select(sa.func.count(), completed, *keys)
            .where(*_within(responses.c.started_at, wanted.period), *_survey(responses.c.survey_key, wanted.survey))
            .group_by(*keys)
            .order_by(*keys)
        )
        async with self._database.read(patient=True) as connection:
            found = (await connection.execute(query)).all()
        return [Runs(key, "".join(group), started, done) for started, done, key, *group in found]

    async def response_rates(self, wanted: Filter) -> list[Sent]:
        """Per survey and day of sending. `by` does not apply here. Who answered has received it, whatever the provider
        says. On the web nobody has until a page fetched it: "sent" means only that it lies ready there."""
        answered = sa.exists().where(
            responses.c.invitation_id == invitations.c.id, answers.c.response_id == responses.c.id, *_COUNTED
        )
        arrived = sa.exists().where(
            inbox.c.provider == "conductor",
            inbox.c.message_id == sa.literal("invite-") + sa.cast(invitations.c.id, sa.String),
            outbox.c.inbox_id == inbox.c.id,
            outbox.c.status.in_(ARRIVED),
            conversations.c.id == outbox.c.conversation_id,
            sa.or_(conversations.c.provider != "web", outbox.c.status != "sent"),
        )
        day = sa.func.substr(invitations.c.sent_at, 1, 10).label("sent_on")
        query = (
            sa.select(invitations.c.survey_key, day, sa.func.count(), sa.func.sum(sa.case((answered, 1), else_=0)))
            .where(
                invitations.c.status == "sent",
                sa.or_(arrived, answered),
                *_within(invitations.c.sent_at, wanted.period),
                *_survey(invitations.c.survey_key, wanted.survey),
            )
            .group_by(invitations.c.survey_key, "sent_on")
            .order_by(invitations.c.survey_key, "sent_on")
        )
        async with self._database.read(patient=True) as connection:
            return [Sent(*row) for row in (await connection.execute(query)).all()]

    async def recovery(self, wanted: Filter) -> Recovered:
        """One pair per contact: the first NPS answer of a detractor (in the period and survey), and the contact's
        latest NPS answer after it, in another response, to whatever survey."""
        first = _first_detracted(wanted)
        later = answers.alias("later")
        last_id = (
            sa.select(first.c.contact_id, sa.func.max(later.c.id).label("answer"))
            .select_from(first)
            .join(responses, responses.c.contact_id == first.c.contact_id)
            .join(later, later.c.response_id == responses.c.id)
            .where(
                later.c.id > first.c.answer,
                later.c.response_id != first.c.response_id,
                later.c.metric == "nps",
                later.c.state == "current",
                later.c.skipped.is_(False),
            )
            .group_by(first.c.contact_id)
            .subquery()
        )
        recovered = sa.func.coalesce(sa.func.sum(sa.case((answers.c.score > DETRACTOR_TO, 1), else_=0)), 0)
        query = sa.select(recovered, sa.func.count()).join(last_id, last_id.c.answer == answers.c.id)
        async with self._database.read(patient=True) as connection:
            return Recovered(*map(int, (await connection.execute(query)).one()))


def _first_detracted(wanted: Filter) -> sa.sql.Subquery:
    # A contact's answer ids grow with time, and so do the responses they belong to.
    return (
        sa.select(
            responses.c.contact_id,
            sa.func.min(answers.c.id).label("answer"),
            sa.func.min(answers.c.response_id).label("response_id"),
        )
        .join(responses, responses.c.id == answers.c.response_id)
        .where(
            responses.c.contact_id.is_not(None),
            answers.c.metric == "nps",
            answers.c.score <= DETRACTOR_TO,
            *_COUNTED,
            *_within(answers.c.answered_at, wanted.period),
            *_survey(responses.c.survey_key, wanted.survey),
        )
        .group_by(responses.c.contact_id)
        .subquery()
    )


def _group(by: str) -> Sequence[sa.Column]:
    return [responses.c[by]] if by else []


def _within(column: sa.Column, period: Period) -> Sequence[sa.sql.ColumnElement]:
    limits = []
    if period.start:
        limits.append(column >= period.start)
    if period.end:
        limits.append(column < period.end)
    return limits


def _survey(column: sa.Column, key: str) -> Sequence[sa.sql.ColumnElement]:
    return [column == key] if key else []
