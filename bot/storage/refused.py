"""Letters that their provider does not take and asks to send later: each attempt makes them due anew, so they are never
overdue, and a provider that takes nothing for hours would be silent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.reports import NOT_TAKEN
from bot.storage.tables import conversations, outbox

OFTEN = 4
"""So many refusals are no passing throttle: half a minute lies between the first of them and the last."""

LONG_SECONDS = 60
"""Nor is it one that makes a letter wait for longer than this."""

_TRIED = sa.text("outbox.status = 'queued' AND outbox.attempts > 0")
"""In the words of its index (`ix_outbox_tried`): a campaign that waits for its turn is not read."""


@dataclass(frozen=True)
class Refused:
    """`since`: when the oldest was written (ISO 8601). `why`: the newest's reason, in the provider's words."""

    provider: str
    count: int
    since: str
    why: str


async def refused(connection: AsyncConnection, now: str) -> list[Refused]:
    """By provider. Calls that nobody took are not among them: when they are placed again is our own plan."""
    soon = (datetime.fromisoformat(now) + timedelta(seconds=LONG_SECONDS)).isoformat(timespec="microseconds")
    letter, provider = outbox.c, conversations.c.provider
    query = (
        sa.select(provider, sa.func.count(), sa.func.min(letter.created_at), sa.func.max(letter.id))
        .join(outbox, letter.conversation_id == conversations.c.id)
        .where(
            _TRIED,
            sa.or_(letter.attempts >= OFTEN, letter.next_attempt_at > soon),
            sa.not_(sa.func.coalesce(letter.error, "").like(f"{NOT_TAKEN}%")),
        )
        .group_by(provider)
        .order_by(provider)
    )
    found = (await connection.execute(query)).all()
    if not found:
        return []
    newest = sa.select(letter.id, letter.error).where(letter.id.in_([row[3] for row in found]))
    why = {int(number): error or "" for number, error in await connection.execute(newest)}
    return [Refused(name, int(count), since, why.get(last, "")) for name, count, since, last in found]
