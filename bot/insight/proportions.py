"""Shares of answers and how far they can be trusted: adjusted Wald intervals and the two-sample z."""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, sqrt

Z95 = 1.959963984540054
"""Two-sided 95 % quantile of the standard normal distribution."""


@dataclass(frozen=True)
class Interval:
    """A 95 % confidence interval, in the unit of the value it belongs to."""

    low: float
    high: float


@dataclass(frozen=True)
class Share:
    """`count` of `of` answers."""

    count: int
    of: int

    def __post_init__(self) -> None:
        if not 0 <= self.count <= self.of:
            raise ValueError(f"{self.count} of {self.of} is no share: the count lies between 0 and the total.")

    @property
    def percent(self) -> float | None:
        """0–100; None when nobody answered: no answers is not 0 %."""
        return 100 * self.count / self.of if self.of else None

    def interval(self, z: float = Z95) -> Interval | None:
        """Adjusted Wald interval in percent, within 0–100; None when nobody answered.

        n' = n + z², p' = (x + z²/2) / n', p' ± z·√(p'(1−p')/n') (Agresti & Coull, The American Statistician 52,
        1998; recommended for rates by Sauro & Lewis, Quantifying the User Experience, 2nd ed., ch. 3)."""
        if not self.of:
            return None
        n = self.of + z * z
        p = (self.count + z * z / 2) / n
        half = z * sqrt(p * (1 - p) / n)
        return Interval(100 * max(0.0, p - half), 100 * min(1.0, p + half))


def two_sided_p(z: float) -> float:
    """The chance of a difference at least this large (in standard errors) when there is none; 0–1."""
    return 1 - erf(abs(z) / sqrt(2))
