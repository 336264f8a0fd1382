"""How long after a customer's last message anything may be sent to them, where a channel has such a rule (WhatsApp)."""

from __future__ import annotations

from datetime import datetime, timedelta

from channels.looks import LOOKS

WINDOW_CLOSED = "More than 24 hours since the customer's last message: only an approved template could be sent."


def has_window(channel: str) -> bool:
    """Whether the channel has such a rule at all."""
    return channel in LOOKS and LOOKS[channel].window_hours > 0


def window_closed(provider: str, channel: str, heard_at: str | None, now: str) -> bool:
    """Whether only a template may be sent. `heard_at`: when the customer last wrote (ISO 8601), None: never. The
    playground ("web") has no such rule, whatever channel it plays."""
    if provider == "web" or not has_window(channel):
        return False
    if heard_at is None:
        return True
    hours = timedelta(hours=LOOKS[channel].window_hours)
    return datetime.fromisoformat(now) - datetime.fromisoformat(heard_at) >= hours


def window_left(provider: str, channel: str, heard_at: str | None, now: str) -> int | None:
    """Seconds in which the customer can still be written to, 0 when the time is over; None where there is no such
    rule."""
    if provider == "web" or not has_window(channel):
        return None
    if heard_at is None:
        return 0
    end = datetime.fromisoformat(heard_at) + timedelta(hours=LOOKS[channel].window_hours)
    return max(0, int((end - datetime.fromisoformat(now)).total_seconds()))
