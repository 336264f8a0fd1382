"""The states of a recovery case, and which may follow which. Pure.

new → assigned → waiting_for_customer ⇄ waiting_for_us → resolved → closed, or → reopened when the customer is still
unhappy. Transferred to another team a case is new again. A closed case stays closed: what comes later is a new one.
"""

from __future__ import annotations

from bot.errors import ConductorError

OPEN = ("new", "assigned", "waiting_for_customer", "waiting_for_us", "reopened")
"""States in which a case still needs somebody."""

_AT_WORK = ("assigned", "waiting_for_customer", "waiting_for_us")

FOLLOWING: dict[str, tuple[str, ...]] = {
    "new": (*_AT_WORK, "resolved"),
    "assigned": ("new", *_AT_WORK, "resolved"),
    "waiting_for_customer": ("new", *_AT_WORK, "resolved"),
    "waiting_for_us": ("new", *_AT_WORK, "resolved"),
    "reopened": ("new", *_AT_WORK, "resolved"),
    "resolved": ("reopened", "closed"),
    "closed": (),
}


def may_become(before: str, after: str) -> bool:
    return after in FOLLOWING.get(before, ())


def must_become(before: str, after: str) -> None:
    """Raises ConductorError, in words for an agent, when a case in state `before` can't become `after`."""
    if not may_become(before, after):
        allowed = ", ".join(FOLLOWING.get(before, ())) or "nothing else"
        raise ConductorError(
            f"A case that is {in_words(before)} can't become {in_words(after)}.", f"It can become: {in_words(allowed)}."
        )


def in_words(state: str) -> str:
    return state.replace("_", " ")
