"""How well unhappy customers are looked after: answered and resolved in time, reopened, recovered. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.insight.proportions import Share
from bot.insight.report import shown

RECOVERY = {
    "nps": "Recovery rate (NPS, from 0-6 to 7-10)",
    "csat": "Recovery rate (CSAT, from 1-2 to 3-5)",
    "ces2": "Recovery rate (CES 2.0, from 1-3 to 4-7)",
    "ces1": "Recovery rate (CES 1.0, from 4-5 to 1-3)",
}
"""By metric, what its recovery rate is called: a customer is compared with themselves, in one and the same metric."""


@dataclass(frozen=True)
class CaseCounts:
    """Counts of the cases opened in a period. `due`: those whose promised time is over or that were answered; likewise
    `due_resolved`. `pairs`: by metric (`RECOVERY`), of the customers in its lowest band whose follow-up asked the same
    metric again, how many are above that band there, and how many they are."""

    opened: int = 0
    due: int = 0
    answered_in_time: int = 0
    due_resolved: int = 0
    resolved_in_time: int = 0
    resolved: int = 0
    reopened: int = 0
    pairs: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    root_causes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class CaseReport:
    """What may be shown: shares of fewer than five are None (`bot.insight.rates.trust`)."""

    opened: int
    answered_in_time: Share | None
    resolved_in_time: Share | None
    reopened: Share | None
    recovery: Mapping[str, Share | None]
    root_causes: tuple[tuple[str, int], ...]


def case_report(counts: CaseCounts) -> CaseReport:
    return CaseReport(
        opened=counts.opened,
        answered_in_time=shown(Share(counts.answered_in_time, counts.due)),
        resolved_in_time=shown(Share(counts.resolved_in_time, counts.due_resolved)),
        reopened=shown(Share(counts.reopened, counts.resolved + counts.reopened)),
        recovery={metric: shown(Share(*counts.pairs.get(metric, (0, 0)))) for metric in RECOVERY},
        root_causes=tuple(sorted(counts.root_causes.items(), key=lambda item: (-item[1], item[0]))),
    )
