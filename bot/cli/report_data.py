"""Collecting a report: counts from the database, lines from `bot.insight`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.cli.opened import opened
from bot.cli.report_words import Words, words_of
from bot.insight.proportions import Share
from bot.insight.rates import completion_rate, response_rate
from bot.insight.report import Line, line, shown
from bot.storage.report_queries import Filter, Period, ReportQueries, Runs, ScoreCount, Sent

Key = tuple[str, str, str, str]
"""Survey, group ("" without --by), question, metric."""


@dataclass(frozen=True)
class Entry:
    survey: str
    group: str
    question: str
    line: Line
    completion: Share | None


@dataclass(frozen=True)
class Report:
    """`by` names what `Entry.group` is; `days` the response rate per survey and day of sending."""

    by: str
    period: Period
    entries: tuple[Entry, ...]
    days: tuple[tuple[str, str, Share], ...]
    recovery: Share | None
    words: Words | None = None


async def collect(survey: str, start: datetime | None, end: datetime | None, by: str) -> Report:
    """Raises ConductorError for an unknown survey."""
    wanted = Filter(survey, period_of(start, end), by)
    async with opened(reading=True) as house:
        queries = ReportQueries(house.database)
        scores = _by_key(await queries.scores(wanted))
        if survey and not scores:
            await house.catalogue.live(survey)
        before = _before(start, end)
        earlier = _by_key(await queries.scores(Filter(survey, before, by))) if before else None
        completion = _completion(await queries.runs(wanted))
        days = _days(await queries.response_rates(wanted))
        recovered = await queries.recovery(wanted)
        words = await words_of(house.database, house.settings.themes, wanted)
    entries = tuple(
        Entry(
            key[0],
            key[1],
            key[2],
            line(key[3], counts, None if earlier is None else earlier.get(key, {})),
            completion.get(key[:2]),
        )
        for key, counts in scores.items()
    )
    return Report(by, wanted.period, entries, days, shown(Share(recovered.recovered, recovered.followed)), words)


def period_of(start: datetime | None, end: datetime | None) -> Period:
    """Whole days in UTC, both included; None for no limit."""
    return Period(start.date().isoformat() if start else "", _day_after(end) if end else "")


def _day_after(day: datetime) -> str:
    return (day.date() + timedelta(days=1)).isoformat()


def _before(start: datetime | None, end: datetime | None) -> Period | None:
    """The period of the same length that ends where this one begins."""
    if start is None or end is None:
        return None
    length = end.date() - start.date() + timedelta(days=1)
    return Period((start.date() - length).isoformat(), start.date().isoformat())


def _by_key(counted: Iterable[ScoreCount]) -> dict[Key, dict[int, int]]:
    found: dict[Key, dict[int, int]] = {}
    for one in counted:
        scores = found.setdefault((one.survey, one.group, one.question, one.metric), {})
        scores[one.score] = scores.get(one.score, 0) + one.count
    return dict(sorted(found.items()))


def _completion(runs: Iterable[Runs]) -> Mapping[tuple[str, str], Share | None]:
    return {(run.survey, run.group): shown(completion_rate(run.completed, run.started)) for run in runs}


def _days(sent: Iterable[Sent]) -> tuple[tuple[str, str, Share], ...]:
    shares = ((one.survey, one.day, shown(response_rate(one.answered, one.delivered))) for one in sent)
    return tuple((survey, day, share) for survey, day, share in shares if share is not None)
