"""Customer Effort Score. The two versions point in opposite directions: they are never mixed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from bot.insight.proportions import Z95, Interval, Share


@dataclass(frozen=True)
class Ces2:
    """CES 2.0: "… made it easy for me …", 1–7 agreement, higher is better. The headline is the share of 5–7, the mean
    stands beside it (CEB/Gartner, "Effortless Experience", 2013)."""

    agreed: Share
    mean: float | None

    @classmethod
    def of(cls, counts: Mapping[int, int]) -> Ces2:
        """From how often each score 1–7 was given. Raises ValueError for another score."""
        check_scale(counts, 1, 7, "CES 2.0")
        return cls(Share(sum(n for score, n in counts.items() if score >= 5), sum(counts.values())), mean(counts))


@dataclass(frozen=True)
class Ces1:
    """CES 1.0: "How much effort did you have to put forth?", 1–5, lower is better; the mean (Dixon, Freeman & Toman,
    HBR 7–8/2010)."""

    n: int
    mean: float | None
    deviation: float
    """Standard deviation of the sample, 0 or more."""

    @classmethod
    def of(cls, counts: Mapping[int, int]) -> Ces1:
        """From how often each score 1–5 was given. Raises ValueError for another score."""
        check_scale(counts, 1, 5, "CES 1.0")
        return cls(sum(counts.values()), mean(counts), deviation(counts))

    def interval(self, z: float = Z95) -> Interval | None:
        """mean ± z·s/√n, within 1–5 (the central limit; shown only from 30 answers on); None for fewer than two
        answers."""
        if self.mean is None or self.n < 2:
            return None
        half = z * self.deviation / sqrt(self.n)
        return Interval(max(1.0, self.mean - half), min(5.0, self.mean + half))


def check_scale(counts: Mapping[int, int], low: int, high: int, name: str) -> None:
    wrong = sorted(score for score in counts if not low <= score <= high)
    if wrong:
        raise ValueError(f"{wrong[0]} is no {name} answer: they go from {low} to {high}.")


def mean(counts: Mapping[int, int]) -> float | None:
    """The arithmetic mean; None without answers."""
    n = sum(counts.values())
    return sum(score * k for score, k in counts.items()) / n if n else None


def deviation(counts: Mapping[int, int]) -> float:
    """Standard deviation of the sample (n − 1); 0 for fewer than two answers."""
    n, centre = sum(counts.values()), mean(counts)
    if centre is None or n < 2:
        return 0.0
    return sqrt(sum(k * (score - centre) ** 2 for score, k in counts.items()) / (n - 1))
