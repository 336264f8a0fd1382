"""Holding a case and its conversation while what is read of them decides what is written. SQLite has one writer."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import cases, conversations


async def lock_case(connection: AsyncConnection, case: int) -> sa.engine.RowMapping:
    """The case as it stands; nobody changes it or its conversation's owner until the transaction ends. First the
    conversation, as a takeover and a turn do: so no two wait for each other."""
    whose = sa.select(cases.c.conversation_id).where(cases.c.id == case).scalar_subquery()
    await connection.execute(sa.select(conversations.c.id).where(conversations.c.id == whose).with_for_update())
    return (await connection.execute(sa.select(cases).where(cases.c.id == case).with_for_update())).mappings().one()


async def lock_owned(connection: AsyncConnection, conversation: int, agent: str) -> bool:
    """Whether `agent` owns the conversation; then nobody takes it from them until the transaction ends."""
    theirs = sa.and_(conversations.c.id == conversation, conversations.c.owner == "human")
    query = sa.select(conversations.c.id).where(theirs, conversations.c.agent == agent).with_for_update()
    return (await connection.execute(query)).first() is not None
