"""The states of a recovery case, and which may follow which. Pure.

new → assigned → waiting_for_customer ⇄ waiting_for_us → resolved → closed, or → reopened when the customer is still
unhappy. Transferred to another team a case is new again. A closed case stays closed: what comes later is a new one.
"""

from __future__ import annotations

from bot.recovery.refusals import Refusal

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
    """Raises Refusal when a case in state `before` can't become `after`."""
    if not may_become(before, after):
        raise Refusal("cant_become", state=before, after=after)


def in_words(state: str) -> str:
    return state.replace("_", " ")
