"""Errors of `bot.identity` in the reader's language."""

from __future__ import annotations

from datetime import datetime

from bot.console.desk.seam import Guest
from bot.errors import ConductorError
from bot.identity.sign_in import Refused


def in_words(guest: Guest, error: ConductorError) -> str:
    if isinstance(error, Refused) and error.retry_at is not None:
        return guest.words("refused.too_many", minutes=-(-seconds_until(guest, error.retry_at) // 60))
    key = f"refused.{getattr(error, 'reason', '')}"
    return guest.words(key) if guest.words.has(key) else str(error)


def seconds_until(guest: Guest, until: datetime) -> int:
    """Whole seconds, at least one."""
    now = datetime.fromisoformat(guest.conductor.clock.now())
    return max(1, int((until - now).total_seconds()) + 1)
