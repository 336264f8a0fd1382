"""The clocks of a case: what strikes, and when it still means something. Pure.

Each clock is a row that strikes once, also when nobody was running at its time. Whether it still matters is asked when
it strikes: somebody may have answered in the last second.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.recovery.case_states import OPEN

OPENED = "opened"
"""At once: the team is told."""
FIRST_RESPONSE_RISK = "first_response_risk"
FIRST_RESPONSE_MISSED = "first_response_missed"
RESOLUTION_RISK = "resolution_risk"
RESOLUTION_MISSED = "resolution_missed"
UNASSIGNED = "unassigned"
"""Nobody has taken it for too long."""
AGENT_IDLE = "agent_idle"
"""The customer waits for an answer of the agent who took over."""
CUSTOMER_IDLE = "customer_idle"
"""The agent has answered, and the customer is silent: the bot can have the conversation back."""
SNOOZED = "snoozed"
FOLLOW_UP = "follow_up"
CLOSE = "close"

UNTIL_ANSWERED = (FIRST_RESPONSE_RISK, FIRST_RESPONSE_MISSED)
UNTIL_TAKEN = (UNASSIGNED,)
OF_A_TAKEOVER = (AGENT_IDLE, CUSTOMER_IDLE)


@dataclass(frozen=True)
class CaseNow:
    """A case as it stands when a clock strikes. `waiting_since`: when the customer wrote what nobody answered yet."""

    id: int
    status: str
    team: str
    priority: str
    agent: str | None
    answered: bool
    conversation: int | None = None
    contact: int | None = None
    reason: str = ""
    score: float | None = None
    touchpoint: str = ""
    due_at: str = ""


def still_matters(kind: str, case: CaseNow) -> bool:
    """Whether a clock of this kind has anything to say about the case."""
    if kind in (FOLLOW_UP, CLOSE):
        return case.status == "resolved"
    if case.status not in OPEN:
        return False
    if kind in UNTIL_ANSWERED:
        return not case.answered
    if kind == UNASSIGNED:
        return case.agent is None
    if kind == AGENT_IDLE:
        return case.status in ("assigned", "waiting_for_us") and case.agent is not None
    if kind == CUSTOMER_IDLE:
        return case.status == "waiting_for_customer"
    return True
