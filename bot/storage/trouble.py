"""What went wrong for good and waits for a person: letters that failed, messages that were parked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import sqlalchemy as sa

from bot.storage.engine import Database
from bot.storage.tables import inbox, outbox

FAILED = ("failed", "undelivered")


@dataclass(frozen=True)
class Trouble:
    """`last_error` is of the newest failed letter: a provider's or our own words, never a customer's."""

    failed: int
    last_error: str
    parked: int


def trouble(url: str) -> Trouble:
    """Look; changes nothing. The database is migrated. Inside a running event loop call it by `asyncio.to_thread`."""
    return asyncio.run(_look(url))


async def _look(url: str) -> Trouble:
    database = Database(url, pooled=False)
    failed = outbox.c.status.in_(FAILED)
    count = sa.select(sa.func.count()).select_from(outbox).where(failed)
    newest = sa.select(outbox.c.error).where(failed).order_by(outbox.c.id.desc()).limit(1)
    parked = sa.select(sa.func.count()).select_from(inbox).where(inbox.c.status == "parked")
    try:
        async with database.read() as connection:
            return Trouble(
                int((await connection.execute(count)).scalar() or 0),
                (await connection.execute(newest)).scalar() or "",
                int((await connection.execute(parked)).scalar() or 0),
            )
    finally:
        await database.close()
