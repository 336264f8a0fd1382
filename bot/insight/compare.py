"""Is a change between two periods real, or noise? The two-sample z on adjusted shares."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Literal

from bot.insight.nps import Nps
from bot.insight.nps import adjusted as adjusted_nps
from bot.insight.proportions import Z95, Share, two_sided_p

Verdict = Literal["real", "noise", "too few answers"]
MINIMUM = 100
"""Answers in each period below which nothing is compared (ARCHITECTURE §5)."""


@dataclass(frozen=True)
class Change:
    """`difference`: later − earlier, in points (NPS) or percentage points; None when either has no answers. `z` in
    standard errors, `p` two-sided; both None when it was not compared."""

    difference: float | None
    verdict: Verdict
    z: float | None = None
    p: float | None = None


def compare_nps(earlier: Nps, later: Nps) -> Change:
    """z = (s₂ − s₁)/√(v₁ + v₂), with score and variance of each period on the adjusted shares of Rocks (2016)."""
    return _change(earlier.value, later.value, min(earlier.n, later.n), adjusted_nps(earlier), adjusted_nps(later))


def compare_shares(earlier: Share, later: Share) -> Change:
    """The same for two shares, each adjusted by one success and one failure (Agresti & Caffo, The American
    Statistician 54, 2000)."""
    answers = min(earlier.of, later.of)
    return _change(earlier.percent, later.percent, answers, _adjusted(earlier), _adjusted(later))


def _adjusted(share: Share) -> tuple[float, float]:
    n = share.of + 2
    p = (share.count + 1) / n
    return p, p * (1 - p) / n


def _change(
    earlier: float | None,
    later: float | None,
    answers: int,
    before: tuple[float, float],
    after: tuple[float, float],
) -> Change:
    difference = None if earlier is None or later is None else later - earlier
    if answers < MINIMUM:
        return Change(difference, "too few answers")
    z = (after[0] - before[0]) / sqrt(before[1] + after[1])
    return Change(difference, "real" if abs(z) >= Z95 else "noise", z, two_sided_p(z))
