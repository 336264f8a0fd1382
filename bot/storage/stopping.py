"""STOP counts for the person, not for the chat: what is open in their other chats is over, too."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.anonymity import cut_loose
from bot.storage.fence import changed
from bot.storage.tables import conversations, responses
from bot.storage.waiting import release

_GONE_ON = ("active", "paused")


async def stop_surveys(connection: AsyncConnection, contact: int, now: str, but: int = 0) -> None:
    """End the open surveys of a contact; their answers are kept. `but`: the conversation that is written itself. The
    caller has locked the conversations (`fence.hold_all`)."""
    theirs = sa.and_(conversations.c.contact_id == contact, conversations.c.id != but)
    query = sa.select(conversations.c.id, conversations.c.response_id, conversations.c.owner)
    for row in (await connection.execute(query.where(theirs, conversations.c.response_id.isnot(None)))).all():
        mine = sa.and_(responses.c.id == row.response_id, responses.c.status.in_(_GONE_ON))
        over = {"status": "stopped", "ended_at": now, "timeout_at": None}
        await connection.execute(sa.update(responses).where(mine).values(**over))
        await cut_loose(connection, row.response_id)
        free = changed(response_id=None, owner="bot" if row.owner == "survey" else row.owner)
        await connection.execute(sa.update(conversations).where(conversations.c.id == row.id).values(**free))
        if free["owner"] == "bot":
            await release(connection, row.id)  # what waited for its end is refused now, not asked after the next START
