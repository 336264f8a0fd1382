"""What agents do where they work, in the database. Implements `bot.recovery.workplace.DeedStore`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.identity.agent import Agent
from bot.identity.roles import May
from bot.recovery.workplace import Colleague, Deed
from bot.storage.agents import SqlAgents
from bot.storage.engine import Database
from bot.storage.tables import agent_deeds, case_events, outbox
from channels.contract import Inbound

_d = agent_deeds.c
_earlier = agent_deeds.alias("earlier")
_FIRST = ~sa.exists().where(
    _earlier.c.place == _d.place, _earlier.c.id < _d.id, _earlier.c.status.in_(("new", "doing"))
)


class SqlColleagues:
    """Implements `bot.recovery.workplace.Agents`."""

    def __init__(self, agents: SqlAgents) -> None:
        self._agents = agents

    async def by_slack(self, who: str) -> Colleague | None:
        return _colleague(await self._agents.by_slack(who))

    async def by_email(self, address: str) -> Colleague | None:
        return _colleague(await self._agents.by_login(address.strip().lower()))


def _colleague(agent: Agent | None) -> Colleague | None:
    return Colleague(agent.name, agent.role.value, agent.may(May.WORK_CASES)) if agent else None


class SqlDeeds:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, deed: Inbound, place: str, now: str) -> bool:
        row = {"provider": deed.provider, "message_id": deed.message_id, "place": place[:160]}
        row |= {"payload": json.dumps(asdict(deed)), "received_at": now, "next_attempt_at": now}
        try:
            async with self._database.write() as connection:
                await connection.execute(sa.insert(agent_deeds).values(**row))
        except IntegrityError:
            return False
        return True

    async def due(self, now: str, limit: int) -> Sequence[Deed]:
        ready = sa.and_(_d.status.in_(("new", "doing")), _d.next_attempt_at <= now, _FIRST)
        query = sa.select(agent_deeds).where(ready).order_by(_d.id).limit(limit)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [Deed(row["id"], Inbound(**json.loads(row["payload"])), row["attempts"]) for row in rows]

    async def doing(self, deed: Deed, until: str) -> bool:
        as_seen = sa.and_(_d.id == deed.id, _d.attempts == deed.attempts, _d.status.in_(("new", "doing")))
        values = {"status": "doing", "attempts": deed.attempts + 1, "next_attempt_at": until}
        async with self._database.write() as connection:
            marked = await connection.execute(sa.update(agent_deeds).where(as_seen).values(**values))
        return bool(marked.rowcount)

    async def done(self, deed: Deed, now: str, error: str = "") -> None:
        """What was written is kept where it belongs, not here a second time."""
        values = {"status": "failed" if error else "done", "error": error or None, "done_at": now, "payload": "{}"}
        async with self._database.write() as connection:
            await connection.execute(sa.update(agent_deeds).where(_d.id == deed.id).values(**values))

    async def again(self, deed: Deed, at: str) -> None:
        async with self._database.write() as connection:
            mine = sa.update(agent_deeds).where(_d.id == deed.id)
            await connection.execute(mine.values(status="new", next_attempt_at=at))

    async def sent_before(self, conversation: int, origin: str) -> bool:
        mine = sa.and_(outbox.c.conversation_id == conversation, outbox.c.role == "agent")
        return await self._holds(sa.select(outbox.c.payload).where(mine), ("data", "origin"), origin)

    async def noted_before(self, case: int, origin: str) -> bool:
        mine = sa.and_(case_events.c.case_id == case, case_events.c.kind == "note")
        return await self._holds(sa.select(case_events.c.data).where(mine), ("origin",), origin)

    async def _holds(self, query: sa.sql.Select, path: tuple[str, ...], origin: str) -> bool:
        async with self._database.read() as connection:
            for text in (await connection.execute(query)).scalars():
                found = json.loads(text)
                for name in path:
                    found = (found or {}).get(name)
                if found == origin:
                    return True
        return False
