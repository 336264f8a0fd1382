"""A letter that this version can't read fails alone: those beside it and behind it go on."""

from __future__ import annotations

import logging

import sqlalchemy as sa

from bot.storage.engine import Database
from bot.storage.first_response import settled
from bot.storage.letters import Unreadable
from bot.storage.tables import outbox

log = logging.getLogger(__name__)

UNREADABLE = "What was to be sent can't be read: it is damaged, or of another version."

_WAITING = sa.update(outbox).where(outbox.c.id == sa.bindparam("letter"), outbox.c.status == "queued")


async def fail_alone(
    database: Database, row: sa.engine.RowMapping, error: Unreadable, now: str, idle_minutes: int
) -> None:
    """`row` of the outbox has failed, unless somebody else has it in hand by now."""
    values = {"letter": row["id"], "status": "failed", "error": UNREADABLE}
    async with database.fast_write() as connection:
        if not (await connection.execute(_WAITING, values)).rowcount:
            return
        await settled(connection, row["id"], now, idle_minutes)
    log.error(
        "Letter %s of conversation %s has failed: it can't be read (%s).", row["id"], row["conversation_id"], error
    )
