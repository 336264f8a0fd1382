"""Letters that can't be sent any more, for a reason that all of them share."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.first_response import settled
from bot.storage.tables import outbox

NOBODY_LISTENS = "Nobody is on the telephone: it could not be said."


async def withhold_all(connection: AsyncConnection, which: Any, reason: str, now: str, idle_minutes: int = 60) -> int:
    """Letters that can't be sent any more, with the reason. Returns how many."""
    letters = list((await connection.execute(sa.select(outbox.c.id).where(which))).scalars())
    mine = sa.update(outbox).where(outbox.c.id.in_(letters)).values(status="withheld", error=reason)
    await connection.execute(mine.execution_options(synchronize_session=False))
    for letter in letters:
        await settled(connection, letter, now, idle_minutes)
    return len(letters)
