"""The borders between teams in the database: the rule of `bot/recovery/borders.py` as SQL, and who stands where."""

from __future__ import annotations

import json

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.identity.roles import May, Role, may
from bot.recovery.borders import Standing
from bot.storage.tables import agents, cases

_NOWHERE = ""
"""No team's name."""


def visible(agent: str, teams: tuple[str, ...] | None) -> sa.ColumnElement[bool]:
    """The cases that an agent of these teams (None: of all) may see."""
    return sa.true() if teams is None else sa.or_(cases.c.team.in_(teams), cases.c.agent == agent)


async def standing(connection: AsyncConnection, name: str) -> Standing:
    """Of the agent of that name. Who is none (the playground's typed names, the clocks) has no borders and leads
    nobody. Who has left works nowhere: a deed of theirs may still be under way."""
    query = sa.select(agents.c.teams, agents.c.role, agents.c.removed_at).where(agents.c.name == name)
    row = (await connection.execute(query)).first()
    if row is None:
        return Standing(name)
    if row.removed_at is not None:
        return Standing(name, (_NOWHERE,))
    return Standing(name, tuple(json.loads(row.teams)), may(Role(row.role), May.EDIT_TEAM))
