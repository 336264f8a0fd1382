"""Until when a case can be put off: choices in the team's own time zone. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo

MORNING = time(9)
CHOICES = ("in_1_hour", "in_4_hours", "tomorrow", "next_monday")


def snoozed_until(choice: str, now: str, zone: tzinfo) -> str:
    """ISO 8601. Raises KeyError for what is none of `CHOICES`."""
    moment = datetime.fromisoformat(now)
    today = moment.astimezone(zone).date()
    mornings = {"tomorrow": 1, "next_monday": 7 - today.weekday()}
    hours = {"in_1_hour": 1, "in_4_hours": 4}
    if choice in mornings:
        day = today + timedelta(days=mornings[choice])
        at = datetime.combine(day, MORNING, zone)
    else:
        at = moment + timedelta(hours=hours[choice])
    return at.isoformat(timespec="microseconds")
