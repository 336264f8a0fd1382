"""Letters of which nobody knows whether their provider has them: they are sent once more, and at last given up."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.conversation.obstacles import FIRST
from bot.storage.engine import Database
from bot.storage.first_response import settled
from bot.storage.letters import message_from
from bot.storage.reports import NEVER_SAID, not_asked
from bot.storage.tables import contacts, conversations, outbox

TOO_OLD_HOURS = 24
"""What is older says nothing that a customer still waits for."""

_c = conversations.c
_GONE_ON = sa.or_(_c.last_inbound_at > outbox.c.created_at, _c.owner == "human")
"""A question is not repeated to a customer who has written since (they saw it, or were asked anew), nor to one whom a
person looks after."""

_ONCE_MORE = (
    sa.select(outbox.c.id)
    .join(conversations, _c.id == outbox.c.conversation_id)
    .join(contacts, contacts.c.id == _c.contact_id)
    .where(
        outbox.c.status == "unknown",
        outbox.c.again_at.is_(None),
        outbox.c.next_attempt_at <= sa.bindparam("now"),
        outbox.c.created_at > sa.bindparam("young"),
        outbox.c.role != "call",  # a telephone that rings twice is worse than one that does not
        sa.or_(outbox.c.role != "question", sa.not_(sa.func.coalesce(_GONE_ON, sa.false()))),
        contacts.c.opted_out_at.is_(None),
    )
)


_FORGOTTEN = (
    sa.select(outbox.c.id, outbox.c.role, outbox.c.payload)
    .where(outbox.c.status == "unknown", outbox.c.next_attempt_at <= sa.bindparam("long_ago"))
    .limit(100)
)
_STILL = sa.update(outbox).where(outbox.c.id == sa.bindparam("letter"), outbox.c.status == sa.literal("unknown"))


async def give_up(database: Database, now: str, idle_minutes: int) -> int:
    """Letters that nothing has settled for a day count as failed, and so do their invitations. Returns how many."""
    long_ago = datetime.fromisoformat(now) - timedelta(hours=TOO_OLD_HOURS)
    async with database.fast_read() as connection:
        given = {"long_ago": long_ago.isoformat(timespec="microseconds")}
        found = (await connection.execute(_FORGOTTEN, given)).all()
    return sum([await _given_up(database, row, now, idle_minutes) for row in found])


async def _given_up(database: Database, letter: sa.engine.Row, now: str, idle_minutes: int) -> bool:
    """By itself: many in one transaction would wait for turns that wait for them. False: a report was faster.
    `next_attempt_at` says to those who count from when on it has failed."""
    values = {"letter": letter.id, "status": "failed", "error": NEVER_SAID, "next_attempt_at": now}
    async with database.fast_write() as connection:
        if not (await connection.execute(_STILL, values)).rowcount:
            return False
        if letter.role in FIRST:
            await not_asked(connection, message_from(letter.payload), NEVER_SAID)
        await settled(connection, letter.id, now, idle_minutes)
    return True


async def send_once_more(database: Database, now: str) -> int:
    """Letters that no report of their provider has settled in time become due again, each once in its life. Returns how
    many."""
    young = datetime.fromisoformat(now) - timedelta(hours=TOO_OLD_HOURS)
    given = {"now": now, "young": young.isoformat(timespec="microseconds")}
    async with database.fast_read() as connection:  # looked for each second, and there is hardly ever one
        found = [row[0] for row in await connection.execute(_ONCE_MORE, given)]
    if not found:
        return 0
    still = sa.and_(outbox.c.id.in_(found), outbox.c.status == "unknown", outbox.c.again_at.is_(None))
    async with database.write() as connection:
        done = await connection.execute(sa.update(outbox).where(still).values(status="queued", again_at=now))
    return int(done.rowcount)
