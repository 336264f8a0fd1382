"""From counts to the lines of a report: each says only what its number of answers allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.insight.ces import Ces1, Ces2
from bot.insight.compare import Change, compare_nps, compare_shares
from bot.insight.csat import csat
from bot.insight.nps import Nps
from bot.insight.proportions import Interval, Share
from bot.insight.rates import Trust, trust

SCALES: Mapping[str, tuple[int, int]] = {"nps": (0, 10), "ces1": (1, 5), "ces2": (1, 7), "csat": (1, 5)}
RANGES: Mapping[str, tuple[float, float]] = {"nps": (-100, 100), "ces1": (1, 5), "ces2": (0, 100), "csat": (0, 100)}
"""Between which values a metric lies."""

SHOWS_VALUE: tuple[Trust, ...] = ("directional", "compared")


@dataclass(frozen=True)
class Figure:
    """One metric, worked out. `value` in the metric's unit (`RANGES`), None without answers."""

    n: int
    value: float | None
    interval: Interval | None
    mean: float | None


@dataclass(frozen=True)
class Line:
    """One question's metric, as it may be shown. `n` is None when hidden; `counts` (per score of the scale) is empty
    then; `value` and the rest are None below 30 answers."""

    metric: str
    trust: Trust
    n: int | None
    counts: tuple[int, ...] = ()
    value: float | None = None
    interval: Interval | None = None
    mean: float | None = None
    change: Change | None = None


def figure(metric: str, counts: Mapping[int, int]) -> Figure:
    """Raises KeyError for an unknown metric, ValueError for a score off its scale."""
    n = sum(counts.values())
    if metric == "nps":
        nps = Nps.of(counts)
        return Figure(n, nps.value, nps.interval(), None)
    if metric == "ces1":
        effort = Ces1.of(counts)
        return Figure(n, effort.mean, effort.interval(), None)
    if metric == "ces2":
        ease = Ces2.of(counts)
        return Figure(n, ease.agreed.percent, ease.agreed.interval(), ease.mean)
    if metric == "csat":
        satisfied = csat(counts)
        return Figure(n, satisfied.percent, satisfied.interval(), None)
    raise KeyError(metric)


def line(metric: str, counts: Mapping[int, int], earlier: Mapping[int, int] | None = None) -> Line:
    """What may be shown of these counts; `earlier` are those of the period before, to compare with."""
    found = figure(metric, counts)
    level = trust(found.n)
    if level in ("none", "hidden"):
        return Line(metric, level, 0 if level == "none" else None)
    low, high = SCALES[metric]
    distribution = tuple(counts.get(score, 0) for score in range(low, high + 1))
    if level not in SHOWS_VALUE:
        return Line(metric, level, found.n, distribution)
    change = _change(metric, earlier, counts) if earlier is not None and level == "compared" else None
    return Line(metric, level, found.n, distribution, found.value, found.interval, found.mean, change)


def _change(metric: str, earlier: Mapping[int, int], later: Mapping[int, int]) -> Change | None:
    if metric == "nps":
        return compare_nps(Nps.of(earlier), Nps.of(later))
    if metric == "ces2":
        return compare_shares(Ces2.of(earlier).agreed, Ces2.of(later).agreed)
    if metric == "csat":
        return compare_shares(csat(earlier), csat(later))
    return None  # CES 1.0 is a mean: the test is one for shares


def shown(share: Share) -> Share | None:
    """A share of people, unless so few that they could be told apart (fewer than 5)."""
    return share if trust(share.of) not in ("none", "hidden") else None
