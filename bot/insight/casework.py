"""How well unhappy customers are looked after: answered and resolved in time, reopened, recovered. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.insight.proportions import Share
from bot.insight.report import shown


@dataclass(frozen=True)
class CaseCounts:
    """Counts of the cases opened in a period. `due`: those whose promised time is over or that were answered; likewise
    `due_resolved`. `followed`: detractors whose follow-up brought an NPS score, `recovered`: those above 6 there."""

    opened: int = 0
    due: int = 0
    answered_in_time: int = 0
    due_resolved: int = 0
    resolved_in_time: int = 0
    resolved: int = 0
    reopened: int = 0
    followed: int = 0
    recovered: int = 0
    root_causes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class CaseReport:
    """What may be shown: shares of fewer than five are None (`bot.insight.rates.trust`)."""

    opened: int
    answered_in_time: Share | None
    resolved_in_time: Share | None
    reopened: Share | None
    recovery: Share | None
    root_causes: tuple[tuple[str, int], ...]


def case_report(counts: CaseCounts) -> CaseReport:
    return CaseReport(
        opened=counts.opened,
        answered_in_time=shown(Share(counts.answered_in_time, counts.due)),
        resolved_in_time=shown(Share(counts.resolved_in_time, counts.due_resolved)),
        reopened=shown(Share(counts.reopened, counts.resolved + counts.reopened)),
        recovery=shown(Share(counts.recovered, counts.followed)),
        root_causes=tuple(sorted(counts.root_causes.items(), key=lambda item: (-item[1], item[0]))),
    )
