"""Themes and sentiment as counts, for reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bot.insight.themes.figures import Counted
from bot.storage.engine import Database
from bot.storage.report_queries import Filter
from bot.storage.tables import answer_labels, answers, responses


@dataclass(frozen=True)
class LabelCounts:
    """`counted`: by label and metric. `scores`: by metric, how many labelled verbatims have a score, and its sum.
    `totals`: by kind, all labelled verbatims. `languages`: by kind and language, how many there are, and how many
    of them are unclassified."""

    counted: tuple[Counted, ...]
    scores: dict[str, tuple[int, float]]
    totals: dict[str, int]
    languages: dict[tuple[str, str], tuple[int, int]]


async def count_labels(database: Database, wanted: Filter) -> LabelCounts:
    """Current answers only, by the time of the answer. Answers whose words were deleted still count: nobody is behind
    them."""
    within: list[sa.sql.ColumnElement] = [answers.c.state == "current"]
    if wanted.survey:
        within.append(responses.c.survey_key == wanted.survey)
    if wanted.period.start:
        within.append(answers.c.answered_at >= wanted.period.start)
    if wanted.period.end:
        within.append(answers.c.answered_at < wanted.period.end)
    score = answers.alias("score")
    first = (
        sa.select(sa.func.min(score.c.id))
        .where(score.c.response_id == answers.c.response_id, score.c.band != "", score.c.state == "current")
        .scalar_subquery()
    )
    rated = answers.alias("rated")
    joined = (
        answer_labels.join(answers, answers.c.id == answer_labels.c.answer_id)
        .join(responses, responses.c.id == answers.c.response_id)
        .outerjoin(rated, rated.c.id == first)
    )
    kinds = (answer_labels.c.kind, answer_labels.c.label)
    counts = (sa.func.count(), sa.func.coalesce(sa.func.sum(rated.c.score), 0))
    by_label = sa.select(*kinds, rated.c.metric, *counts).select_from(joined).where(*within)
    distinct = sa.func.count(sa.distinct(answers.c.id))
    unsure = sa.func.sum(sa.case((answer_labels.c.label == "unclassified", 1), else_=0))
    by_language = sa.select(answer_labels.c.kind, responses.c.language, distinct, unsure).select_from(joined)
    each_once = sa.select(answers.c.id, rated.c.metric, rated.c.score).select_from(joined).where(*within).distinct()
    once = each_once.subquery()
    scores = sa.select(once.c.metric, sa.func.count(), sa.func.sum(once.c.score)).where(once.c.metric.is_not(None))
    async with database.read(patient=True) as connection:
        labelled = (await connection.execute(by_label.group_by(*kinds, rated.c.metric))).all()
        spoken = (
            await connection.execute(by_language.where(*within).group_by(answer_labels.c.kind, responses.c.language))
        ).all()
        scored = (await connection.execute(scores.group_by(once.c.metric))).all()
    return LabelCounts(
        tuple(Counted(kind, label, metric or "", n, float(total)) for kind, label, metric, n, total in labelled),
        {metric: (n, float(total)) for metric, n, total in scored},
        _totals(spoken),
        {(kind, language): (n, int(unknown)) for kind, language, n, unknown in spoken},
    )


def _totals(spoken: Sequence[sa.engine.Row]) -> dict[str, int]:
    found: dict[str, int] = {}
    for kind, _, n, _ in spoken:
        found[kind] = found.get(kind, 0) + n
    return found
