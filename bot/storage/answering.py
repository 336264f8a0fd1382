"""Which message of the customer's a letter answers: after STOP nothing else may leave."""

from __future__ import annotations

import sqlalchemy as sa

from bot.storage.engine import Database
from bot.storage.tables import inbox, outbox

_WHAT = (
    sa.select(inbox.c.kind, inbox.c.received_at)
    .join(outbox, outbox.c.inbox_id == inbox.c.id)
    .where(outbox.c.id == sa.bindparam("letter"))
)
_THEIRS = ("message", "call")
"""What customers do; all else in the inbox is ours: an invitation, a clock."""


async def answers(database: Database, letter: int) -> str | None:
    """When the customer wrote what this letter answers (ISO 8601); "": it answers something of our own; None: nothing
    at all, as what a person writes."""
    async with database.fast_read() as connection:
        row = (await connection.execute(_WHAT, {"letter": letter})).first()
    if row is None:
        return None
    return str(row.received_at) if row.kind in _THEIRS else ""
