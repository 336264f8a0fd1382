"""What waits, what is stuck, and how the cases stand: read from the database when somebody looks at `/metrics`. Every
query goes by an index to rows that are open, of which there are few, whatever is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.recovery.case_states import OPEN
from bot.recovery.clocks import FIRST_RESPONSE_RISK, RESOLUTION_RISK
from bot.storage.engine import Database
from bot.storage.refused import refused
from bot.storage.tables import case_clocks, cases, conversations, inbox, notifications, outbox
from bot.storage.trouble import failed_since, hours_before

STATES = ("queued", "sending", "unknown")
"""Of letters that are not settled."""

FAILED_HOURS = 1


@dataclass(frozen=True)
class Waiting:
    """`since`: ISO 8601 time from which the oldest waits; None: none does."""

    count: int = 0
    since: str | None = None


@dataclass(frozen=True)
class Gauges:
    """`inbox` is what no turn has handled yet. Dictionaries are by channel, `letters` by channel and state, `due` only
    letters whose time has come or that their provider refuses, `failed` those of the last hour that were given up,
    `cases` by open, at_risk, missed. `clock`: the oldest clock of a case that should have struck. `untold`:
    notifications to teams by way and state."""

    inbox: Waiting = field(default_factory=Waiting)
    parked: Mapping[str, int] = field(default_factory=dict)
    letters: Mapping[tuple[str, str], int] = field(default_factory=dict)
    due: Mapping[str, str] = field(default_factory=dict)
    failed: Mapping[str, int] = field(default_factory=dict)
    cases: Mapping[str, int] = field(default_factory=dict)
    clock: str | None = None
    untold: Mapping[tuple[str, str], int] = field(default_factory=dict)


async def gauges(database: Database, now: str) -> Gauges:
    """How everything stands at `now`."""
    async with database.read() as connection:
        letters, due = await _letters(connection, now)
        return Gauges(
            inbox=await _inbox(connection),
            parked=await _parked(connection),
            letters=letters,
            due=due,
            failed=await failed_since(connection, hours_before(now, FAILED_HOURS)),
            cases=await _cases(connection, now),
            clock=await _clock(connection, now),
            untold=await _untold(connection),
        )


async def _inbox(connection: AsyncConnection) -> Waiting:
    query = sa.select(sa.func.count(), sa.func.min(inbox.c.received_at)).where(inbox.c.status == "new")
    count, since = (await connection.execute(query)).one()
    return Waiting(int(count), since)


async def _parked(connection: AsyncConnection) -> Mapping[str, int]:
    query = sa.select(inbox.c.provider, sa.func.count()).where(inbox.c.status == "parked").group_by(inbox.c.provider)
    return {provider: int(count) for provider, count in await connection.execute(query)}


async def _letters(connection: AsyncConnection, now: str) -> tuple[Mapping[tuple[str, str], int], Mapping[str, str]]:
    ripe = sa.case((sa.and_(outbox.c.status == "queued", outbox.c.next_attempt_at <= now), outbox.c.next_attempt_at))
    query = (
        sa.select(conversations.c.provider, outbox.c.status, sa.func.count(), sa.func.min(ripe))
        .join(conversations, conversations.c.id == outbox.c.conversation_id)
        .where(outbox.c.status.in_(STATES))
        .group_by(conversations.c.provider, outbox.c.status)
    )
    rows = (await connection.execute(query)).all()
    due = {provider: since for provider, _, _, since in rows if since is not None}
    for one in await refused(connection, now):
        due[one.provider] = min(one.since, due.get(one.provider, one.since))
    return {(provider, status): int(count) for provider, status, count, _ in rows}, due


async def _cases(connection: AsyncConnection, now: str) -> Mapping[str, int]:
    """At risk: a clock that warns has struck, and the time it warns of has not come."""
    c = cases.c
    unanswered, unsolved = c.first_response_at.is_(None), c.resolve_by.isnot(None)
    missed = sa.or_(sa.and_(unanswered, c.due_at < now), sa.and_(unsolved, c.resolve_by < now))
    warned = sa.exists().where(
        case_clocks.c.case_id == c.id,
        case_clocks.c.struck_at.isnot(None),
        sa.or_(sa.and_(case_clocks.c.kind == FIRST_RESPONSE_RISK, unanswered), case_clocks.c.kind == RESOLUTION_RISK),
    )
    query = sa.select(
        sa.func.count(),
        sa.func.sum(sa.case((sa.and_(warned, sa.not_(missed)), 1), else_=0)),
        sa.func.sum(sa.case((missed, 1), else_=0)),
    ).where(c.status.in_(OPEN))
    found = (await connection.execute(query)).one()
    return {name: int(number or 0) for name, number in zip(("open", "at_risk", "missed"), found, strict=True)}


async def _clock(connection: AsyncConnection, now: str) -> str | None:
    late = sa.and_(case_clocks.c.struck_at.is_(None), case_clocks.c.at < now)
    return (await connection.execute(sa.select(sa.func.min(case_clocks.c.at)).where(late))).scalar()


async def _untold(connection: AsyncConnection) -> Mapping[tuple[str, str], int]:
    c = notifications.c
    query = (
        sa.select(c.way, c.status, sa.func.count())
        .where(c.status.in_(("queued", "unknown", "failed")))
        .group_by(c.way, c.status)
    )
    return {(way, status): int(count) for way, status, count in await connection.execute(query)}
