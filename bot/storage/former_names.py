"""Names that nobody may take any more: the audit knows somebody else by them."""

from __future__ import annotations

import json
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import agents, staff_events


async def given_up(connection: AsyncConnection, but: int) -> Sequence[str]:
    """Of those who are gone, and of those who have another name now. What the agent `but` was called earlier is still
    theirs."""
    everybody = (await connection.execute(sa.select(agents.c.id, agents.c.name, agents.c.removed_at))).all()
    gone = [row.name for row in everybody if row.removed_at is not None]
    changes = sa.select(staff_events.c.data).where(staff_events.c.kind == "renamed").order_by(staff_events.c.id.desc())
    renamed = [json.loads(data) for data in (await connection.execute(changes)).scalars()]
    theirs = _all_of(next((row.name for row in everybody if row.id == but), ""), renamed)
    return gone + [change["from"] for change in renamed if change["from"] not in theirs]


def _all_of(name: str, renamed: Sequence[dict[str, str]]) -> set[str]:
    """All that somebody was ever called, from what they are called now; `renamed`: the latest first."""
    found = {name}
    for change in renamed:
        if change["to"] == name:
            name = change["from"]
            found.add(name)
    return found
