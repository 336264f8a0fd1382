"""Counts of cases for reports. The database does the counting."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.insight.casework import CaseCounts
from bot.storage.engine import Database
from bot.storage.report_queries import Period
from bot.storage.tables import answers, cases, responses

UNHAPPY = "detractor"
"""The lowest band of every metric (`survey_flows/questions/`)."""


class CaseReportQueries:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def counts(self, period: Period, now: str, team: str = "") -> CaseCounts:
        """Of the cases opened in `period` (by `team`, if one is named), as they stand at `now` (ISO 8601 in UTC)."""
        wanted = _wanted(period, team)
        numbers = {
            "opened": sa.true(),
            "due": sa.or_(cases.c.first_response_at.is_not(None), cases.c.due_at <= now),
            "answered_in_time": cases.c.first_response_at <= cases.c.due_at,
            "due_resolved": sa.or_(cases.c.resolved_at.is_not(None), cases.c.resolve_by <= now),
            "resolved_in_time": cases.c.resolved_at <= cases.c.resolve_by,
            "resolved": sa.and_(cases.c.status.in_(("resolved", "closed")), cases.c.reopened == 0),
            "reopened": cases.c.reopened > 0,
        }
        columns = [sa.func.coalesce(sa.func.sum(sa.case((test, 1), else_=0)), 0) for test in numbers.values()]
        causes = sa.select(cases.c.root_cause, sa.func.count()).where(*wanted, cases.c.root_cause.is_not(None))
        async with self._database.read(patient=True) as connection:
            row = (await connection.execute(sa.select(*columns).where(*wanted))).one()
            pairs = (await connection.execute(_pairs(wanted))).all()
            found = (await connection.execute(causes.group_by(cases.c.root_cause))).all()
        counted = {name: int(value) for name, value in zip(numbers, row, strict=True)}
        return CaseCounts(
            **counted,
            pairs={metric: (int(recovered), int(followed)) for metric, recovered, followed in pairs},
            root_causes={cause: int(n) for cause, n in found},
        )


def _wanted(period: Period, team: str) -> list[Any]:
    limits: list[Any] = []
    if period.start:
        limits.append(cases.c.opened_at >= period.start)
    if period.end:
        limits.append(cases.c.opened_at < period.end)
    return [*limits, cases.c.team == team] if team else limits


def _pairs(wanted: list[Any]) -> Any:
    """The same customer before and after, by metric: the score that opened the case, in its metric's lowest band, and
    the last one of that metric in the follow-up that the case caused."""
    last = (
        sa.select(cases.c.id, cases.c.metric, sa.func.max(answers.c.id).label("answer"))
        .join(responses, responses.c.invitation_id == cases.c.follow_up_id)
        .join(answers, answers.c.response_id == responses.c.id)
        .where(
            *wanted,
            cases.c.band == UNHAPPY,
            answers.c.metric == cases.c.metric,
            answers.c.state == "current",
            answers.c.skipped.is_(False),
        )
        .group_by(cases.c.id, cases.c.metric)
        .subquery()
    )
    better = sa.func.sum(sa.case((answers.c.band != UNHAPPY, 1), else_=0))
    query = sa.select(last.c.metric, better, sa.func.count()).join(answers, answers.c.id == last.c.answer)
    return query.group_by(last.c.metric)
