"""Letters whose time has come: the first unsent one of each conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import sqlalchemy as sa

from bot.conversation.letter import Letter
from bot.storage.engine import Database
from bot.storage.letters import Unreadable, message_from
from bot.storage.one_call import has_to_wait, longest_call_before
from bot.storage.tables import contacts, conversations, outbox
from bot.storage.unreadable import fail_alone

_UNSENT = ("queued", "sending")

_earlier = outbox.alias("earlier")
_BLOCKED = sa.exists().where(
    _earlier.c.conversation_id == outbox.c.conversation_id,
    _earlier.c.id < outbox.c.id,
    _earlier.c.status.in_([sa.literal(status) for status in _UNSENT]),  # a list of fixed length is compiled once
)
"""A letter waits until all earlier ones of its conversation are settled."""

_later = outbox.alias("later")
_FOLLOWED = sa.exists().where(
    _later.c.conversation_id == outbox.c.conversation_id,
    _later.c.id > outbox.c.id,
    _later.c.status == sa.literal("queued"),
)
_CARRIED = (
    _FOLLOWED.label("followed"),
    conversations.c.provider,
    conversations.c.channel,
    conversations.c.address,
    conversations.c.last_inbound_at,
    conversations.c.owner,
    sa.select(contacts.c.opted_out_at)
    .where(contacts.c.id == conversations.c.contact_id)
    .scalar_subquery()
    .label("opted_out_at"),
)


_AWAITED = sa.text("outbox.status = 'queued' AND outbox.awaited = true")
"""In the words of its index (`ix_outbox_awaited`), which is a small one."""


@lru_cache
def _query(collected: tuple[str, ...], without: tuple[str, ...], of_one: bool, awaited: bool = False) -> sa.sql.Select:
    """The first unsent letter of each conversation whose time has come at `now`, at `most` so many. `of_one`: of the
    one `conversation`. `awaited`: only what somebody waits for."""
    query = (
        sa.select(outbox, *_CARRIED)
        .join(conversations, conversations.c.id == outbox.c.conversation_id)
        .where(_AWAITED if awaited else outbox.c.status == "queued")
        .where(outbox.c.next_attempt_at <= sa.bindparam("now"), ~_BLOCKED)
        .where(~has_to_wait(sa.bindparam("since", type_=sa.String)))
        .order_by(outbox.c.next_attempt_at, outbox.c.id)  # as the index has them: a campaign is not sorted anew
        .limit(sa.bindparam("most", type_=sa.Integer))
    )
    if collected:
        query = query.where(_without(collected))
    if without:
        query = query.where(conversations.c.provider.not_in([sa.literal(name) for name in without]))
    return query.where(outbox.c.conversation_id == sa.bindparam("conversation")) if of_one else query


@lru_cache
def _next(collected: tuple[str, ...]) -> sa.sql.Select:
    """The first in the index's order, and none after it: `min()` would look for it among all that wait, for which a
    campaign of 100,000 costs PostgreSQL a quarter of a second."""
    query = (
        sa.select(outbox.c.next_attempt_at)
        .join(conversations, conversations.c.id == outbox.c.conversation_id)
        .where(outbox.c.status == "queued", ~_BLOCKED, ~has_to_wait())
        .order_by(outbox.c.next_attempt_at)
        .limit(1)
    )
    return query.where(_without(collected)) if collected else query


def _without(collected: Sequence[str]) -> sa.ColumnElement[bool]:
    """Of these providers calls alone."""
    theirs = conversations.c.provider.not_in([sa.literal(name) for name in collected])
    return sa.or_(theirs, outbox.c.role == "call")


@dataclass(frozen=True)
class Wanted:
    """Which letters are looked for: see `Outbox.due`."""

    now: str
    limit: int
    collected: Sequence[str] = ()
    without: Sequence[str] = ()
    conversation: int | None = None


async def due(database: Database, wanted: Wanted, idle_minutes: int) -> Sequence[Letter]:
    """Those for which somebody waits come first. What can't be read fails, and the others go on."""
    while rows := await _rows(database, wanted):
        letters = []
        for row in sorted(rows, key=lambda row: not row["awaited"]):
            try:
                letters.append(_letter(row))
            except Unreadable as error:
                await fail_alone(database, row, error, wanted.now, idle_minutes)
        if letters:
            return letters
    return []


async def _rows(database: Database, wanted: Wanted) -> Sequence[sa.engine.RowMapping]:
    limit, conversation = wanted.limit, wanted.conversation
    providers = tuple(wanted.collected), tuple(wanted.without)
    query = _query(*providers, conversation is not None)
    given = {"now": wanted.now, "since": longest_call_before(wanted.now), "most": limit}
    if conversation is not None:
        given["conversation"] = conversation
    async with database.fast_read() as connection:
        rows = (await connection.execute(query, given)).mappings().all()
        if len(rows) == limit and conversation is None:
            # There may be more: a campaign is under way, and who is talking to us does not wait for its end.
            query = _query(*providers, False, awaited=True)
            first = (await connection.execute(query, given)).mappings().all()
            rows = list({row["id"]: row for row in [*first, *rows]}.values())[:limit]
    return rows


async def next_due(database: Database, collected: Sequence[str]) -> str | None:
    """As `Outbox.next_due`."""
    async with database.fast_read() as connection:
        moment: str | None = (await connection.execute(_next(tuple(collected)))).scalar()
    return moment


def _letter(row: sa.engine.RowMapping) -> Letter:
    return Letter(
        id=row["id"],
        conversation=row["conversation_id"],
        provider=row["provider"],
        channel=row["channel"],
        address=row["address"],
        message=message_from(row["payload"]),
        attempts=row["attempts"],
        written_at=row["created_at"],
        heard_at=row["last_inbound_at"],
        opted_out_at=row["opted_out_at"],
        owner=row["owner"],
        followed=bool(row["followed"]),
        awaited=bool(row["awaited"]),
    )
