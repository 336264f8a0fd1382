"""Clocks that strike: an open question's time runs out, a response expires. Each becomes an inbox row, once."""

from __future__ import annotations

import json

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.storage.engine import Database
from bot.storage.tables import inbox, responses

OPEN = ("active", "paused")


def _due(kind: str, column: sa.Column[str]) -> sa.sql.Select:
    """Open responses whose `column` has come at `now`. Those that struck before are left out here: while a person owns
    the conversation that row waits for days."""
    struck = sa.exists().where(
        inbox.c.provider == "conductor",
        inbox.c.message_id == sa.literal(f"{kind}-") + sa.cast(responses.c.id, sa.String) + "-" + column,
    )
    is_open = responses.c.status.in_([sa.literal(status) for status in OPEN])  # of fixed length: compiled once
    due = sa.and_(is_open, column <= sa.bindparam("now"), ~struck)
    return sa.select(responses.c.id, responses.c.conversation_id, column).where(due)


_CLOCKS = {"expire": _due("expire", responses.c.expires_at), "timeout": _due("timeout", responses.c.timeout_at)}


async def due_timers(database: Database, now: str) -> int:
    """Turn time-outs and expiries that are due into inbox rows, once each. Returns how many."""
    found = 0
    for kind, query in _CLOCKS.items():
        async with database.fast_read() as connection:
            rows = (await connection.execute(query, {"now": now})).all()
        for response, conversation, at in rows:
            found += await _timer(database, kind, response, conversation, at, now)
    return found


async def _timer(database: Database, kind: str, response: int, conversation: int, at: str, now: str) -> int:
    """The row's key holds the time, so that each clock strikes once, also after a restart."""
    row = sa.insert(inbox).values(
        conversation_id=conversation,
        provider="conductor",
        message_id=f"{kind}-{response}-{at}",
        kind=kind,
        payload=json.dumps({"response": response, "at": at}),
        received_at=now,
    )
    try:
        async with database.write() as connection:
            await connection.execute(row)
    except IntegrityError:
        return 0  # another process saw it strike, too
    return 1
