"""What happened on each channel of late, for `conductor channels` and `conductor doctor`. Changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.conversation.out_of_order import OUT_OF_ORDER
from bot.storage.engine import Database
from bot.storage.tables import conversations, inbox, outbox

DAYS = 7
"""What was sent before is not looked at: the cost stays the same however old the installation is."""

STATUSES = ("queued", "sending", "unknown", "withheld", "sent", "delivered", "read", "undelivered", "failed")
_WENT_OUT = ("sent", "delivered", "read", "undelivered")


@dataclass(frozen=True)
class News:
    """One provider's. Times are ISO 8601, "" for never (`last_out`: not within `DAYS`). `letters` counts those of the
    last `DAYS` by status. `out_of_order` is why nothing can be sent at all, "" when nothing says so; it holds a
    provider's or our own words, never a customer's."""

    last_in: str = ""
    last_out: str = ""
    letters: Mapping[str, int] = field(default_factory=dict)
    out_of_order: str = ""


def channel_news(url: str, providers: Sequence[str], now: str) -> Mapping[str, News]:
    """The news of each provider. The database is migrated. Inside a running event loop call it by
    `asyncio.to_thread`."""
    return asyncio.run(_look(url, providers, now))


async def _look(url: str, providers: Sequence[str], now: str) -> Mapping[str, News]:
    database = Database(url, pooled=False)
    try:
        return await look(database, providers, now)
    finally:
        await database.close()


async def look(database: Database, providers: Sequence[str], now: str) -> Mapping[str, News]:
    """The same, from an open database."""
    since = (datetime.fromisoformat(now) - timedelta(days=DAYS)).isoformat(timespec="microseconds")
    async with database.read() as connection:
        heard = {name: (await connection.execute(_LAST_IN, {"provider": name})).scalar() or "" for name in providers}
        letters: dict[str, dict[str, int]] = {}
        latest: dict[str, str] = {}
        for row in (await connection.execute(_sent(since))).all():
            letters.setdefault(row.provider, {})[row.status] = row.number
            if row.status in _WENT_OUT and row.latest:
                latest[row.provider] = max(latest.get(row.provider, ""), row.latest)
        broken = {row.provider: row.error for row in (await connection.execute(_BROKEN)).all()}
    return {
        name: News(heard[name], latest.get(name, ""), letters.get(name, {}), broken.get(name, "")) for name in providers
    }


_LAST_IN = (  # one step into the index on (provider, received_at)
    sa.select(inbox.c.received_at)
    .where(inbox.c.provider == sa.bindparam("provider"), inbox.c.kind.in_(("message", "call")))
    .order_by(inbox.c.received_at.desc())
    .limit(1)
)
_BROKEN = (
    sa.select(conversations.c.provider, sa.func.max(outbox.c.error).label("error"))
    .join(conversations, conversations.c.id == outbox.c.conversation_id)
    .where(outbox.c.status == "queued", outbox.c.error.startswith(OUT_OF_ORDER, autoescape=True))
    .group_by(conversations.c.provider)
)
"""Letters that wait because their channel is out of order say so themselves, and no longer once one has gone out."""


def _sent(since: str) -> sa.Select[tuple[str, str, int, str]]:
    """Letters by provider and status. The index on (status, next_attempt_at) answers: a letter is due when it is
    written."""
    return (
        sa.select(
            conversations.c.provider,
            outbox.c.status,
            sa.func.count().label("number"),
            sa.func.max(outbox.c.sent_at).label("latest"),
        )
        .join(conversations, conversations.c.id == outbox.c.conversation_id)
        .where(outbox.c.status.in_(STATUSES), outbox.c.next_attempt_at >= since)
        .group_by(conversations.c.provider, outbox.c.status)
    )
