"""When a letter that its provider did not take is tried again."""

from __future__ import annotations

BACK_OFF_SECONDS = (1, 5, 30, 120, 600)
"""Waiting time before the second, third … attempt. A provider's own Retry-After goes before the first of these; later
the longer of the two counts, or a provider that says "in a second" for ten seconds would use up all attempts."""

LONGEST_WAIT_SECONDS = 86_400.0
"""A provider that asks for more patience than a day gets a day."""


def gives_up(failed: int) -> bool:
    """Whether a letter that had `failed` attempts before this one is not tried again."""
    return failed >= len(BACK_OFF_SECONDS)


def wait_after(failed: int, asked: float | None) -> float:
    """Seconds until a letter that had `failed` attempts before this one is tried again; `asked`: the provider's
    Retry-After."""
    ours = BACK_OFF_SECONDS[failed]
    wanted = ours if asked is None else max(asked, ours) if failed else asked
    return min(wanted, LONGEST_WAIT_SECONDS)
