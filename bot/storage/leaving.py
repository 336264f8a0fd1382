"""Cases of agents who left, in the database. Implements `bot.recovery.leaving.LeavingStore`."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from bot.identity.roles import May, Role, may
from bot.recovery import clocks
from bot.recovery.case_states import OPEN
from bot.recovery.clocks import CaseNow
from bot.recovery.desk import Notices
from bot.recovery.leaving import LEFT
from bot.storage import case_clocks
from bot.storage.case_events import log
from bot.storage.case_lock import lock_case
from bot.storage.engine import Database
from bot.storage.fence import changed
from bot.storage.tables import agents, cases, conversations


def _fixed(values: Sequence[str]) -> list[sa.sql.ColumnElement[str]]:
    """A list of fixed length, which is compiled once: it is asked each second."""
    return [sa.literal(value) for value in values]


_READERS = [role.value for role in Role if not may(role, May.WORK_CASES)]
_GONE = sa.select(agents.c.name).where(sa.or_(agents.c.removed_at.is_not(None), agents.c.role.in_(_fixed(_READERS))))
_STRANDED = sa.select(cases).where(cases.c.agent.in_(_GONE), cases.c.status.in_(_fixed(OPEN))).order_by(cases.c.id)


class SqlLeaving:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def stranded(self) -> Sequence[CaseNow]:
        async with self._database.fast_read() as connection:
            return [case_clocks.case_now(row) for row in (await connection.execute(_STRANDED)).mappings()]

    async def free(self, case: CaseNow, unassigned_at: str, notify: Notices, now: str) -> bool:
        theirs = sa.and_(cases.c.id == case.id, cases.c.agent == case.agent, cases.c.status == case.status)
        here = sa.and_(conversations.c.id == case.conversation, conversations.c.agent == case.agent)
        values = {"agent": None, "status": "new", "snoozed_until": None}
        async with self._database.write() as connection:
            await lock_case(connection, case.id)
            freed = await connection.execute(sa.update(cases).where(theirs).values(**values))
            if not freed.rowcount:
                return False
            await connection.execute(
                sa.update(conversations).where(here).values(**changed(agent=None, handed_over=None))
            )
            await case_clocks.stop(connection, case.id, (*clocks.OF_A_TAKEOVER, clocks.SNOOZED))
            await case_clocks.start(connection, case.id, {clocks.UNASSIGNED: unassigned_at})
            data = {"from": case.status, "to": "new", "from_agent": case.agent, "to_agent": None}
            await log(connection, case.id, now, case_clocks.SYSTEM, LEFT, data)
            await case_clocks.tell(connection, case.id, LEFT, notify, now)
        return True
