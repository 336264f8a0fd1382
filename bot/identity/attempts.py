"""How often somebody may try to sign in, for each account and for each address. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

LIMITS = ((5, timedelta(minutes=5)), (10, timedelta(minutes=15)))
"""So many failures within so long, then it waits. Both hold, for the account and for the address."""

LOOK_BACK = max(window for _, window in LIMITS)


def wait_until(failures: Sequence[str], now: str) -> datetime | None:
    """When the next attempt is allowed, or None: now. `failures`: times of the failed attempts (ISO 8601)."""
    moment = datetime.fromisoformat(now)
    times = sorted(datetime.fromisoformat(at) for at in failures)
    until = None
    for most, window in LIMITS:
        recent = [at for at in times if moment - at < window]
        if len(recent) >= most:
            free = recent[-most] + window
            until = free if until is None else max(until, free)
    return until
