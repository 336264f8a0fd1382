"""The clocks of cases in the database. Implements `bot.recovery.escalation.ClockStore`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.ports import Assignment
from bot.recovery import clocks
from bot.recovery.clocks import CaseNow, still_matters
from bot.recovery.desk import Notices
from bot.recovery.escalation import Due, Struck
from bot.storage.case_events import log
from bot.storage.case_lock import lock_case
from bot.storage.engine import Database
from bot.storage.fence import changed
from bot.storage.invitations import ask_here
from bot.storage.tables import case_clocks, cases, conversations, notifications

OF_A_CHAT = (*clocks.OF_A_TAKEOVER, clocks.FOLLOW_UP)
"""Clocks that have nothing to strike for where there is no chat any more."""

SYSTEM = "conductor"
"""Who did it, in the audit, when nobody did."""


async def start(connection: AsyncConnection, case: int, times: Mapping[str, str]) -> None:
    """Start clocks (kind → ISO 8601); one of the same kind that has not struck yet begins anew."""
    if not times:
        return
    await stop(connection, case, times)
    rows = [{"case_id": case, "kind": kind, "at": _utc(at)} for kind, at in times.items()]
    await connection.execute(sa.insert(case_clocks), rows)


async def not_before(connection: AsyncConnection, case: int, kind: str, at: str) -> None:
    """A clock of this kind that runs strikes at `at` at the earliest."""
    earlier = sa.and_(case_clocks.c.case_id == case, case_clocks.c.kind == kind, case_clocks.c.at < _utc(at))
    running = sa.and_(earlier, case_clocks.c.struck_at.is_(None))
    await connection.execute(sa.update(case_clocks).where(running).values(at=_utc(at)))


async def stop(connection: AsyncConnection, case: int, kinds: Iterable[str] | None = None) -> None:
    """Clocks of these kinds (None: all) will not strike any more."""
    mine = sa.and_(case_clocks.c.case_id == case, case_clocks.c.struck_at.is_(None))
    if kinds is not None:
        mine = sa.and_(mine, case_clocks.c.kind.in_(list(kinds)))
    await connection.execute(sa.delete(case_clocks).where(mine))


def _utc(at: str) -> str:
    """The one form in which times sort as texts: UTC, to the microsecond."""
    return datetime.fromisoformat(at).astimezone(timezone.utc).isoformat(timespec="microseconds")


_DUE = (
    sa.select(case_clocks.c.id.label("clock"), case_clocks.c.kind, cases)
    .join(cases, cases.c.id == case_clocks.c.case_id)
    .where(case_clocks.c.struck_at.is_(None), case_clocks.c.at <= sa.bindparam("now"))
    .order_by(case_clocks.c.at, case_clocks.c.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
)


class SqlClocks:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, now: str, limit: int) -> Sequence[Due]:
        async with self._database.fast_read() as connection:
            rows = (await connection.execute(_DUE, {"now": _utc(now), "most": limit})).mappings().all()
        return [Due(row["clock"], row["kind"], case_now(row)) for row in rows]

    async def strike(self, due: Due, struck: Struck, now: str) -> bool:
        async with self._database.write() as connection:
            case = await lock_case(connection, due.case.id)
            marked = await connection.execute(sa.update(case_clocks).where(_same(due, now)).values(struck_at=now))
            if not marked.rowcount:
                return False
            if _still_so(case_now(case), due):
                await _carry_out(connection, due, struck, now)
        return True

    async def put_off(self, due: Due, at: str) -> None:
        async with self._database.write() as connection:
            await connection.execute(sa.update(case_clocks).where(_same(due, at)).values(at=_utc(at)))


def _same(due: Due, now: str) -> Any:
    """The clock that was read as due. SQLite gives the id of a row that was deleted to the next one: another clock,
    begun since, must not be taken for it."""
    mine = sa.and_(case_clocks.c.id == due.id, case_clocks.c.kind == due.kind, case_clocks.c.case_id == due.case.id)
    return sa.and_(mine, case_clocks.c.at <= _utc(now), case_clocks.c.struck_at.is_(None))


def _still_so(case: CaseNow, due: Due) -> bool:
    """Whether the clock still has something to say: somebody may have claimed or resolved the case since it was read.
    A hand-back is done before, so its own change of the case does not count against it."""
    if due.kind == clocks.CUSTOMER_IDLE:
        return True
    return still_matters(due.kind, case) or not still_matters(due.kind, due.case)


async def _carry_out(connection: AsyncConnection, due: Due, struck: Struck, now: str) -> None:
    case = due.case
    if struck.again_at:
        await start(connection, case.id, {due.kind: struck.again_at})
    if not struck.event:
        return
    if due.kind != clocks.OPENED:  # that it was opened is in the audit already
        await log(connection, case.id, now, SYSTEM, struck.event, _from_to(case, struck))
    await tell(connection, case.id, struck.event, struck.notify, now)
    if struck.assignment is not None:
        await hand_to(connection, case.id, struck.assignment)
    if struck.unassign:
        await _back_to_the_team(connection, case)
    await start(connection, case.id, struck.clocks)
    if struck.wake:
        await connection.execute(sa.update(cases).where(cases.c.id == case.id).values(snoozed_until=None))
    if struck.status:
        values = {"status": struck.status, "closed_at": now}
        await connection.execute(sa.update(cases).where(cases.c.id == case.id).values(**values))
    if struck.follow_up:
        await _ask_how_it_is(connection, case, struck.follow_up, now)


def _from_to(case: CaseNow, struck: Struck) -> dict[str, str | None]:
    """What a clock changes: a case's team, its state, whose it is, or that it is put off."""
    if struck.assignment is not None:
        return {"from": case.team, "to": struck.assignment.team}
    if struck.unassign:
        return {"from": case.status, "to": "new", "from_agent": case.agent, "to_agent": None}
    if struck.status:
        return {"from": case.status, "to": struck.status}
    return {"from": "snoozed", "to": case.status} if struck.wake else {}


async def hand_to(connection: AsyncConnection, case: int, given: Assignment) -> None:
    """The case is another team's: nobody has it yet, and its clocks begin anew."""
    values: dict[str, Any] = {
        "team": given.team,
        "priority": given.priority,
        "due_at": given.due_at,
        "resolve_by": given.resolve_by,
        "agent": None,
        "status": "new",
        "snoozed_until": None,
    }
    await connection.execute(sa.update(cases).where(cases.c.id == case).values(**values))
    await stop(connection, case)
    answered = sa.select(cases.c.first_response_at).where(cases.c.id == case)
    kinds = dict(given.clocks)
    if (await connection.execute(answered)).scalar() is not None:
        kinds = {kind: at for kind, at in kinds.items() if kind not in clocks.UNTIL_ANSWERED}
    kinds.pop(clocks.OPENED, None)  # the new team was told with the transfer
    await start(connection, case, kinds)


_FREE: dict[str, Any] = {"agent": None, "status": "new", "snoozed_until": None}


async def _back_to_the_team(connection: AsyncConnection, case: CaseNow) -> None:
    """Anybody of the team may take it. The conversation stays a person's: the customer waits for one."""
    await connection.execute(sa.update(cases).where(cases.c.id == case.id).values(**_FREE))
    here = sa.and_(conversations.c.id == case.conversation, conversations.c.owner == "human")
    await connection.execute(sa.update(conversations).where(here).values(**changed(agent=None, handed_over=None)))


async def _ask_how_it_is(connection: AsyncConnection, case: CaseNow, survey: str, now: str) -> None:
    if case.conversation is None:
        return  # an anonymous case: there is nobody to ask
    invitation = await ask_here(connection, survey, case.conversation, now)
    await connection.execute(sa.update(cases).where(cases.c.id == case.id).values(follow_up_id=invitation))


async def tell(connection: AsyncConnection, case: int, kind: str, notices: Notices, now: str) -> None:
    """Queue what teams are told, inside somebody's transaction: it is sent after the commit, like every letter."""
    ways = {"slack": notices.slack, "email": notices.email, "webhook": notices.webhook}
    rows = [
        {"case_id": case, "kind": kind, "way": way, "target": target, "created_at": now, "next_attempt_at": now}
        for way, targets in ways.items()
        for target in targets
    ]
    if rows:
        await connection.execute(sa.insert(notifications), rows)


def case_now(row: Any) -> CaseNow:
    """A row of `cases` as the clocks see it."""
    return CaseNow(
        id=row["id"],
        status=row["status"],
        team=row["team"],
        priority=row["priority"],
        agent=row["agent"],
        answered=row["first_response_at"] is not None,
        conversation=row["conversation_id"],
        contact=row["contact_id"],
        reason=row["reason"],
        score=row["score"],
        touchpoint=row["touchpoint"],
        due_at=row["due_at"],
    )
