"""Shares of people rather than of answers: response rate, completion, recovery; and how much a number of answers
allows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from bot.insight.nps import DETRACTOR_TO
from bot.insight.proportions import Share

Trust = Literal["none", "hidden", "counts", "directional", "compared"]

HIDDEN_BELOW = 5
"""Fewer answers could be traced to a person."""
DIRECTIONAL_FROM = 30
COMPARED_FROM = 100


def trust(n: int) -> Trust:
    """What may be shown of `n` answers: none (0), hidden (1–4), counts only (5–29), directional (30–99), compared (100
    and more)."""
    if n == 0:
        return "none"
    if n < HIDDEN_BELOW:
        return "hidden"
    if n < DIRECTIONAL_FROM:
        return "counts"
    return "directional" if n < COMPARED_FROM else "compared"


def response_rate(answered: int, delivered: int) -> Share:
    """Of the invitations delivered on a day, those that were answered (whenever). Counted by the day they were SENT: a
    day's rate grows while answers come in, and never exceeds 100 %."""
    return Share(answered, delivered)


def completion_rate(completed: int, started: int) -> Share:
    return Share(completed, started)


def recovery_rate(pairs: Iterable[tuple[float, float]]) -> Share:
    """Of the detractors who were asked again, those who no longer are. `pairs`: one customer's (first, follow-up) NPS
    score; pairs that do not begin with a detractor's score do not count."""
    followed = [after for before, after in pairs if before <= DETRACTOR_TO]
    return Share(sum(after > DETRACTOR_TO for after in followed), len(followed))
