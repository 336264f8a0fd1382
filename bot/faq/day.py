"""Which day it is where the company is. Pure."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo


def day_of(now: str, zone: str) -> str:
    """The day of `now` (ISO 8601 with offset) in the time zone `zone`."""
    return datetime.fromisoformat(now).astimezone(ZoneInfo(zone)).date().isoformat()
