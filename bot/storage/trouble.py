"""What went wrong for good and waits for a person: letters that failed, messages that were parked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.consent import REFUSED
from bot.storage.engine import Database
from bot.storage.tables import contacts, conversations, inbox, notifications, outbox

FAILED = ("failed", "undelivered")


@dataclass(frozen=True)
class Trouble:
    """`last_error` is of the newest failed letter: a provider's or our own words, never a customer's. `lately`: those
    of the last day, by provider. `unknown`: letters of which nobody knows whether they arrived, by provider."""

    failed: int
    last_error: str
    parked: int
    lately: Mapping[str, int] = field(default_factory=dict)
    unknown: Mapping[str, int] = field(default_factory=dict)


_WANTED = outbox.join(conversations, conversations.c.id == outbox.c.conversation_id).join(
    contacts, contacts.c.id == conversations.c.contact_id
)
_FAILED = sa.and_(
    outbox.c.status.in_([sa.literal(status) for status in FAILED]),
    contacts.c.opted_out_at.is_(None),
    sa.or_(outbox.c.error.is_(None), ~outbox.c.error.startswith(REFUSED, autoescape=True)),
)
"""What could not be sent to somebody who opted out is no trouble: Twilio refuses even our word that they have. Nor is
it once they have opted in again."""


def trouble(url: str, now: str) -> Trouble:
    """Look; changes nothing. The database is migrated. Inside a running event loop call it by `asyncio.to_thread`."""
    return asyncio.run(_look(url, now))


async def _look(url: str, now: str) -> Trouble:
    database = Database(url, pooled=False)
    count = sa.select(sa.func.count()).select_from(_WANTED).where(_FAILED)
    newest = sa.select(outbox.c.error).select_from(_WANTED).where(_FAILED).order_by(outbox.c.id.desc()).limit(1)
    parked = sa.select(sa.func.count()).select_from(inbox).where(inbox.c.status == "parked")
    try:
        async with database.read() as connection:
            return Trouble(
                int((await connection.execute(count)).scalar() or 0),
                (await connection.execute(newest)).scalar() or "",
                int((await connection.execute(parked)).scalar() or 0),
                await failed_since(connection, hours_before(now, 24)),
                await _by_provider(connection, outbox.c.status == "unknown"),
            )
    finally:
        await database.close()


def hours_before(now: str, hours: int) -> str:
    return (datetime.fromisoformat(now) - timedelta(hours=hours)).isoformat(timespec="microseconds")


async def failed_since(connection: AsyncConnection, since: str) -> Mapping[str, int]:
    """Letters by provider that were given up for good, and whose last attempt was to begin at `since` or later: that is
    what the index on (status, next_attempt_at) knows."""
    return await _by_provider(connection, sa.and_(_FAILED, outbox.c.next_attempt_at >= since))


async def _by_provider(connection: AsyncConnection, which: sa.ColumnElement[bool]) -> Mapping[str, int]:
    provider = conversations.c.provider
    query = sa.select(provider, sa.func.count()).select_from(_WANTED).where(which).group_by(provider).order_by(provider)
    return {name: int(count) for name, count in await connection.execute(query)}


@dataclass(frozen=True)
class Waiting:
    """Invitations and clocks that wait for the same reason, the oldest since `since` (ISO 8601)."""

    why: str
    count: int
    since: str


def waiting(url: str) -> list[Waiting]:
    """What waits until a conversation is free. Like `trouble`."""
    return asyncio.run(_waiting(url))


async def _waiting(url: str) -> list[Waiting]:
    why = inbox.c.waits_for
    query = sa.select(why, sa.func.count(), sa.func.min(inbox.c.received_at)).where(inbox.c.status == "waiting")
    database = Database(url, pooled=False)
    try:
        async with database.read() as connection:
            rows = (await connection.execute(query.group_by(why).order_by(why))).all()
        return [Waiting(why or "", int(count), str(since)) for why, count, since in rows]
    finally:
        await database.close()


@dataclass(frozen=True)
class Untold:
    """Notifications of one way in one state (failed, withheld; queued, unknown: tried in vain so far). `why`: the
    newest's reason."""

    way: str
    status: str
    count: int
    why: str


def untold(url: str) -> list[Untold]:
    """What teams were not told. Like `trouble`."""
    return asyncio.run(_untold(url))


async def _untold(url: str) -> list[Untold]:
    table = notifications.c
    newest = sa.func.max(table.id).label("newest")
    waiting = sa.and_(table.status.in_(("queued", "unknown")), table.error.isnot(None))
    # What was withheld because the case was solved meanwhile is as it should be.
    wrong = sa.or_(table.status == "failed", sa.and_(table.status == "withheld", ~table.error.like("The case is %")))
    groups = (
        sa.select(table.way, table.status, sa.func.count().label("count"), newest)
        .where(sa.or_(wrong, waiting))
        .group_by(table.way, table.status)
        .subquery()
    )
    query = sa.select(groups.c.way, groups.c.status, groups.c.count, table.error).join(
        groups, groups.c.newest == table.id
    )
    database = Database(url, pooled=False)
    try:
        async with database.read() as connection:
            rows = (await connection.execute(query.order_by(groups.c.way, groups.c.status))).all()
        return [Untold(way, status, count, why or "") for way, status, count, why in rows]
    finally:
        await database.close()
