"""From counts to what a report may say of themes and sentiment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.insight.proportions import Share
from bot.insight.rates import trust
from bot.insight.themes.verbatim import UNCLASSIFIED, Kind


@dataclass(frozen=True)
class Counted:
    """Of the verbatims with this label: how many there are in responses that have a score of `metric` ("" none), and
    the sum of these scores."""

    kind: Kind
    label: str
    metric: str
    count: int
    total: float


@dataclass(frozen=True)
class Impact:
    """Mean score of the `n` responses that mention a theme, and by how much it differs from the mean of all responses
    with a verbatim. It is a difference, not a cause."""

    metric: str
    n: int
    mean: float
    difference: float


@dataclass(frozen=True)
class LabelLine:
    """`share` is None when fewer than five verbatims have the label; `impacts` only where five have a score."""

    label: str
    title: str
    share: Share | None
    impacts: tuple[Impact, ...]


def lines(
    kind: Kind,
    counted: Iterable[Counted],
    all_of_them: Mapping[str, tuple[int, float]],
    total: int,
    titles: Mapping[str, str],
) -> list[LabelLine]:
    """Most frequent first, "unclassified" at the end, never left out. `all_of_them`: by metric, how many verbatims and
    the sum of their scores; `total`: all labelled verbatims. Labels that the codebook no longer has are left out."""
    mine = [one for one in counted if one.kind == kind and (one.label in titles or one.label == UNCLASSIFIED)]
    found = []
    for name in {one.label for one in mine} | {UNCLASSIFIED}:
        these = [one for one in mine if one.label == name]
        n = sum(one.count for one in these)
        share = Share(n, total) if _enough(n) or (name == UNCLASSIFIED and n == 0) else None
        impacts = [_impact(one, all_of_them) for one in these if one.metric and _enough(one.count)]
        found.append(
            (n, LabelLine(name, titles.get(name, name), share, tuple(sorted(impacts, key=lambda i: i.metric))))
        )
    found.sort(key=lambda pair: (pair[1].label == UNCLASSIFIED, -pair[0], pair[1].label))
    return [line for _, line in found]


def _enough(n: int) -> bool:
    return trust(n) not in ("none", "hidden")


def _impact(one: Counted, all_of_them: Mapping[str, tuple[int, float]]) -> Impact:
    n, total = all_of_them[one.metric]
    mean = one.total / one.count
    return Impact(one.metric, one.count, mean, mean - total / n)
