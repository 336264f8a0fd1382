"""Errors of `bot.identity` and `bot.recovery` in the reader's language. `guest`: as `seam.Guest`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.errors import ConductorError
from bot.identity.sign_in import Refused
from bot.recovery.refusals import Refusal


def in_words(guest: Any, error: ConductorError) -> str:
    if isinstance(error, Refusal):
        return error.say(guest.words.language)
    if isinstance(error, Refused) and error.retry_at is not None:
        return guest.words("refused.too_many", minutes=-(-seconds_until(guest, error.retry_at) // 60))
    key = f"refused.{getattr(error, 'reason', '')}"
    return str(guest.words(key)) if guest.words.has(key) else str(error)


def seconds_until(guest: Any, until: datetime) -> int:
    """Whole seconds, at least one."""
    now = datetime.fromisoformat(guest.conductor.clock.now())
    return max(1, int((until - now).total_seconds()) + 1)
