"""Customer satisfaction: the share of 4–5 on 1–5 ("top two boxes")."""

from __future__ import annotations

from collections.abc import Mapping

from bot.insight.ces import check_scale
from bot.insight.proportions import Share

SATISFIED_FROM = 4


def csat(counts: Mapping[int, int]) -> Share:
    """From how often each score 1–5 was given. Raises ValueError for another score."""
    check_scale(counts, 1, 5, "CSAT")
    return Share(sum(n for score, n in counts.items() if score >= SATISFIED_FROM), sum(counts.values()))
