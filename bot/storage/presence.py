"""Who is here, what they look at, and whether they write: rows with a short life."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.storage.engine import Database
from bot.storage.tables import agents, presence

ALIVE_SECONDS = 40
"""A page tells every 15 seconds that it is open; two times may get lost."""
TYPING_SECONDS = 6
"""A page tells every 3 seconds that somebody types."""
FORGET_SECONDS = 3600


@dataclass(frozen=True)
class Looking:
    """An agent who has a case open."""

    agent: str
    typing: bool


class SqlPresence:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def beat(self, agent: int, page: str, case: int | None, typing: bool, now: str) -> bool:
        """A page is open. Returns whether others see something new by it."""
        mine = sa.and_(presence.c.page == page, presence.c.agent_id == agent)
        values = {"case_id": case, "typing_at": now if typing else None, "seen_at": now}
        async with self._database.write() as connection:
            before = (await connection.execute(sa.select(presence).where(mine))).mappings().first()
            if before is None:
                old = sa.or_(presence.c.seen_at < shift(now, -FORGET_SECONDS), presence.c.page == page)
                await connection.execute(sa.delete(presence).where(old))
                await connection.execute(sa.insert(presence).values(agent_id=agent, page=page, **values))
                return True
            await connection.execute(sa.update(presence).where(mine).values(**values))
        quiet = before["seen_at"] < shift(now, -ALIVE_SECONDS)
        return quiet or before["case_id"] != case or (before["typing_at"] is not None) != typing

    async def gone(self, agent: int, page: str) -> None:
        async with self._database.write() as connection:
            mine = sa.and_(presence.c.page == page, presence.c.agent_id == agent)
            await connection.execute(sa.delete(presence).where(mine))

    async def looking(self, case: int, but: int, now: str) -> Sequence[Looking]:
        """Who else has the case open."""
        typing = sa.func.max(sa.case((presence.c.typing_at > shift(now, -TYPING_SECONDS), 1), else_=0))
        query = (
            sa.select(agents.c.name, typing)
            .join(agents, agents.c.id == presence.c.agent_id)
            .where(presence.c.case_id == case, presence.c.agent_id != but)
            .where(presence.c.seen_at > shift(now, -ALIVE_SECONDS))
            .group_by(agents.c.name)
            .order_by(agents.c.name)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
            return [Looking(name, bool(writes)) for name, writes in rows]


def shift(at: str, seconds: float) -> str:
    return (datetime.fromisoformat(at) + timedelta(seconds=seconds)).isoformat(timespec="microseconds")
