"""What agents do with cases, in the database. Implements `bot.recovery.casework.CaseStore`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.conversation.ports import Assignment
from bot.recovery import clocks
from bot.recovery.borders import Standing
from bot.recovery.case_states import OPEN
from bot.recovery.casework import Transfer
from bot.recovery.clocks import CaseNow
from bot.storage import borders, case_clocks
from bot.storage.case_events import log
from bot.storage.case_lock import lock_case
from bot.storage.engine import Database
from bot.storage.fence import changed
from bot.storage.tables import cases, conversations


class SqlCasework:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def case(self, case: int) -> CaseNow | None:
        async with self._database.read() as connection:
            row = (await connection.execute(sa.select(cases).where(cases.c.id == case))).mappings().first()
        return row and case_clocks.case_now(row)

    async def standing(self, agent: str) -> Standing:
        async with self._database.read() as connection:
            return await borders.standing(connection, agent)

    async def assign(self, case: int, agent: str, now: str) -> bool:
        free = sa.or_(cases.c.agent.is_(None), cases.c.agent == agent)
        mine = sa.and_(cases.c.id == case, cases.c.status.in_(OPEN), free)
        async with self._database.write() as connection:
            before = (await lock_case(connection, case))["status"]
            changed = await connection.execute(sa.update(cases).where(mine).values(agent=agent, status="assigned"))
            if changed.rowcount:
                await log(connection, case, now, agent, "status", {"from": before, "to": "assigned"})
        return bool(changed.rowcount)

    async def transfer(self, case: int, agent: str, transfer: Transfer, held_by: str | None, now: str) -> bool:
        given, whom = transfer.given, transfer.to_agent
        async with self._database.write() as connection:
            row = await lock_case(connection, case)
            if row["agent"] != held_by or row["status"] not in OPEN:
                return False
            await case_clocks.hand_to(connection, case, given)
            data = {"from": row["team"], "to": given.team, "from_agent": row["agent"], "to_agent": whom or None}
            await log(connection, case, now, agent, "transferred", data)
            if whom:
                assigned = {"agent": whom, "status": "assigned"}
                await connection.execute(sa.update(cases).where(cases.c.id == case).values(**assigned))
            if transfer.note:
                await log(connection, case, now, agent, "note", {"text": transfer.note})
            here = sa.and_(conversations.c.id == row["conversation_id"], conversations.c.owner == "human")
            taken = changed(agent=whom or None, handed_over=None)  # the time that was promised was the team's before
            await connection.execute(sa.update(conversations).where(here).values(**taken))
            await case_clocks.tell(connection, case, "transferred", transfer.notify, now)
        return True

    async def note(self, case: int, agent: str, text: str, now: str, origin: str = "") -> None:
        data = {"text": text, **({"origin": origin} if origin else {})}
        async with self._database.write() as connection:
            await log(connection, case, now, agent, "note", data)

    async def snooze(self, case: int, agent: str, until: str, now: str) -> None:
        async with self._database.write() as connection:
            before = (await lock_case(connection, case))["status"]
            if before not in OPEN:
                return  # it was resolved in that moment
            await connection.execute(sa.update(cases).where(cases.c.id == case).values(snoozed_until=until))
            await case_clocks.start(connection, case, {clocks.SNOOZED: until})
            await case_clocks.not_before(connection, case, clocks.AGENT_IDLE, until)
            data = {"from": before, "to": "snoozed", "until": until}
            await log(connection, case, now, agent, "snoozed", data)

    async def resolve(
        self, case: int, agent: str, root_cause: str, action: str, follow: dict[str, str], now: str
    ) -> bool:
        values: dict[str, Any] = {
            "status": "resolved",
            "resolved_at": now,
            "resolved_by": agent,
            "agent": agent,
            "root_cause": root_cause,
            "action_taken": action,
            "snoozed_until": None,
        }
        still_open = sa.and_(cases.c.id == case, cases.c.status.in_(OPEN))
        async with self._database.write() as connection:
            before = (await lock_case(connection, case))["status"]
            changed = await connection.execute(sa.update(cases).where(still_open).values(**values))
            if changed.rowcount:
                await case_clocks.stop(connection, case)
                await case_clocks.start(connection, case, follow)
                data = {"from": before, "to": "resolved", "root_cause": root_cause, "action": action}
                await log(connection, case, now, agent, "status", data)
        return bool(changed.rowcount)

    async def others_held(self, case: CaseNow) -> bool:
        others = sa.and_(
            cases.c.conversation_id == case.conversation, cases.c.id != case.id, cases.c.agent.is_not(None)
        )
        query = sa.select(cases.c.id).where(others, cases.c.status.in_(OPEN)).limit(1)
        async with self._database.read() as connection:
            return (await connection.execute(query)).first() is not None

    async def reopen(self, case: int, agent: str, given: Assignment, now: str) -> bool:
        values: dict[str, Any] = {"status": "reopened", "reopened": cases.c.reopened + 1, "agent": None}
        values |= {"due_at": given.due_at, "resolve_by": given.resolve_by}
        values |= {"first_response_at": None, "first_response_id": None}
        resolved = sa.and_(cases.c.id == case, cases.c.status == "resolved")
        async with self._database.write() as connection:
            await lock_case(connection, case)
            changed = await connection.execute(sa.update(cases).where(resolved).values(**values))
            if changed.rowcount:
                await case_clocks.stop(connection, case)
                await case_clocks.start(connection, case, given.clocks)
                await log(connection, case, now, agent, "reopened", {"from": "resolved", "to": "reopened"})
        return bool(changed.rowcount)
