"""What makes agents fast: their own shortcuts, and their team's canned replies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.recovery.refusals import Refusal
from bot.storage.engine import Database
from bot.storage.tables import agent_shortcuts, canned_replies


@dataclass(frozen=True)
class Canned:
    """A reply that is ready. `team` "": every team's. In its text {name} is the customer's, {agent} the agent's."""

    id: int
    team: str
    language: str
    name: str
    text: str


class SqlShortcuts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def own(self, agent: int) -> Mapping[str, str]:
        query = sa.select(agent_shortcuts.c.deed, agent_shortcuts.c["keys"]).where(agent_shortcuts.c.agent_id == agent)
        async with self._database.read() as connection:
            return dict((await connection.execute(query)).all())

    async def keep(self, agent: int, own: Mapping[str, str]) -> None:
        rows = [{"agent_id": agent, "deed": deed, "keys": keys} for deed, keys in own.items()]
        async with self._database.write() as connection:
            await connection.execute(sa.delete(agent_shortcuts).where(agent_shortcuts.c.agent_id == agent))
            if rows:
                await connection.execute(sa.insert(agent_shortcuts), rows)


class SqlCanned:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> Sequence[Canned]:
        return await self._where(sa.true())

    async def one(self, canned: int) -> Canned | None:
        return next(iter(await self._where(canned_replies.c.id == canned)), None)

    async def for_case(self, team: str, language: str) -> Sequence[Canned]:
        """The team's and everybody's, in the customer's language."""
        mine = canned_replies.c.team.in_((team, ""))
        return await self._where(sa.and_(mine, canned_replies.c.language == language))

    async def _where(self, where: sa.ColumnElement[bool]) -> Sequence[Canned]:
        shown = [canned_replies.c[name] for name in ("id", "team", "language", "name", "text")]
        query = sa.select(*shown).where(where).order_by(canned_replies.c.name, canned_replies.c.language)
        async with self._database.read() as connection:
            return [Canned(**row) for row in (await connection.execute(query)).mappings()]

    async def keep(self, canned: Canned, by: str, now: str) -> None:
        """A new one has the id 0. Raises Refusal when the team has one of that name in that language."""
        row = {name: getattr(canned, name) for name in ("team", "language", "name", "text")}
        row |= {"changed_by": by, "changed_at": now}
        try:
            async with self._database.write() as connection:
                if canned.id:
                    mine = canned_replies.c.id == canned.id
                    await connection.execute(sa.update(canned_replies).where(mine).values(**row))
                else:
                    await connection.execute(sa.insert(canned_replies).values(**row))
        except IntegrityError as error:
            raise Refusal("canned_twice", name=canned.name) from error

    async def drop(self, canned: int) -> None:
        async with self._database.write() as connection:
            await connection.execute(sa.delete(canned_replies).where(canned_replies.c.id == canned))
