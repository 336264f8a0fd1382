"""One call at a time: a call that is due waits while its customer is in another one, or has not done with what they
were asked in it."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.storage.tables import conversations, outbox, responses

LONGEST_CALL_HOURS = 4
"""Longer than this no call takes, also one whose end nobody has reported to us: Twilio's own limit.
https://www.twilio.com/docs/voice/api/call-resource (TimeLimit)"""

_UNDER_WAY = ("sent", "unknown")
"""A call that was placed, of whose end nothing is known."""

_placed = outbox.alias("placed")
_asked_in = conversations.alias("asked_in")

_UNFINISHED = sa.exists().where(
    _asked_in.c.response_id == responses.c.id,
    _asked_in.c.contact_id == conversations.c.contact_id,
    responses.c.channel == conversations.c.channel,
)
"""A survey that began in a call is open, there or in the text messages that it moved to."""


def has_to_wait(since: sa.ColumnElement[str] | None = None) -> sa.ColumnElement[bool]:
    """Whether an outbox row (joined with its conversation) is a call for which the customer is not free. A call whose
    end was never reported counts as under way when it began after `since` (`longest_call_before` now); with None for
    ever."""
    placed = sa.and_(
        _placed.c.conversation_id == outbox.c.conversation_id,
        _placed.c.id < outbox.c.id,
        _placed.c.role == "call",
        _placed.c.status.in_([sa.literal(status) for status in _UNDER_WAY]),
    )
    talking = conversations.c.call.is_not(None)
    if since is not None:
        placed = sa.and_(placed, sa.func.coalesce(_placed.c.sent_at, _placed.c.next_attempt_at) > since)
        talking = sa.and_(talking, conversations.c.last_inbound_at > since)
    return sa.and_(outbox.c.role == "call", sa.or_(sa.exists().where(placed), talking, _UNFINISHED))


def longest_call_before(now: str) -> str:
    """When a call began that would have to end at `now`."""
    return (datetime.fromisoformat(now) - timedelta(hours=LONGEST_CALL_HOURS)).isoformat(timespec="microseconds")
