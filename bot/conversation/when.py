"""How to tell a customer when somebody will answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.conversation.phrases import phrase


def due_in_words(due: str, now: str, language: str, zone: str) -> str:
    """ "today 17:00", "morgen 09:30", "Monday 12:00": rounded up to five minutes, so that we never promise too
    early."""
    local_due, local_now = (datetime.fromisoformat(t).astimezone(ZoneInfo(zone)) for t in (due, now))
    over = timedelta(minutes=local_due.minute % 5, seconds=local_due.second, microseconds=local_due.microsecond)
    if over:
        local_due += timedelta(minutes=5) - over
    time = f"{local_due:%H:%M}"
    days = (local_due.date() - local_now.date()).days
    if days <= 1:
        return phrase("tomorrow" if days else "today", language, time=time)
    return phrase("day", language, weekday=phrase("weekdays", language).split()[local_due.weekday()], time=time)
