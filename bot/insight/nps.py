"""Net Promoter Score: 100·(promoters − detractors)/answered; promoters gave 9–10, detractors 0–6 (Reichheld, HBR
12/2003)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from bot.insight.proportions import Z95, Interval

PROMOTER_FROM = 9
DETRACTOR_TO = 6


@dataclass(frozen=True)
class Nps:
    """How many answers lie in each band. All counts are 0 or more."""

    promoters: int
    passives: int
    detractors: int

    @classmethod
    def of(cls, counts: Mapping[int, int]) -> Nps:
        """From how often each score 0–10 was given. Raises ValueError for another score."""
        wrong = sorted(score for score in counts if not 0 <= score <= 10)
        if wrong:
            raise ValueError(f"{wrong[0]} is no NPS answer: they go from 0 to 10.")
        promoters = sum(n for score, n in counts.items() if score >= PROMOTER_FROM)
        detractors = sum(n for score, n in counts.items() if score <= DETRACTOR_TO)
        return cls(promoters, sum(counts.values()) - promoters - detractors, detractors)

    @property
    def n(self) -> int:
        return self.promoters + self.passives + self.detractors

    @property
    def value(self) -> float | None:
        """−100 to 100; None when nobody answered, which is not 0."""
        return 100 * (self.promoters - self.detractors) / self.n if self.n else None

    def interval(self, z: float = Z95) -> Interval | None:
        """Adjusted Wald interval for the difference of two shares of one sample, within −100 to 100; None without
        answers.

        n' = n + 3, p' = (P + ¾)/n', d' = (D + ¾)/n'; (p' − d') ± z·√((p' + d' − (p' − d')²)/n') (Rocks, B., "Interval
        Estimation for the Net Promoter Score", The American Statistician 70(4), 2016)."""
        if not self.n:
            return None
        centre, variance = adjusted(self)
        half = z * sqrt(variance)
        return Interval(100 * max(-1.0, centre - half), 100 * min(1.0, centre + half))


def adjusted(nps: Nps) -> tuple[float, float]:
    """Centre (−1 to 1) and variance of the centre, on the adjusted shares of Rocks (2016)."""
    n = nps.n + 3
    p, d = (nps.promoters + 0.75) / n, (nps.detractors + 0.75) / n
    return p - d, (p + d - (p - d) ** 2) / n
