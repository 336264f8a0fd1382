"""Rows that wait until their conversation is free (an invitation while another survey runs, a clock while a person has
it). `waits_for` says why: `PERSON_HAS_IT`, `SURVEY_RUNS` (`bot/conversation/state.py`)."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import inbox

_WAITING = sa.update(inbox).where(
    inbox.c.conversation_id == sa.bindparam("here"), inbox.c.status == sa.literal("waiting")
)


async def release(connection: AsyncConnection, conversation: int) -> None:
    """The conversation is free: what waits there is taken up again, in its order. What finds it busy waits anew."""
    await connection.execute(_WAITING, {"here": conversation, "status": "new", "waits_for": None})
