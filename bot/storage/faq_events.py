"""What became of the FAQ's answers: written inside the turn's transaction, counted for reports."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.state import FaqEvent, Outcome
from bot.insight.faq import Counted, Totals
from bot.storage.engine import Database
from bot.storage.report_queries import Period
from bot.storage.tables import contacts, conversations, faq_events, outbox

_ASKED_SOMETHING = ("answered", "offered", "gap")


# Of every question: made once, as those in store.py.
_KEEP = sa.insert(faq_events)


async def put_faq_events(connection: AsyncConnection, outcome: Outcome) -> None:
    """Keep the turn's events."""
    for event in outcome.faq:
        await connection.execute(_KEEP, event_values(outcome, event))


def event_values(outcome: Outcome, event: FaqEvent) -> dict[str, Any]:
    """The row of an event."""
    here = outcome.conversation.id
    values = {"conversation_id": here, "kind": event.kind, "entry": event.entry, "text": event.text}
    about = {"language": event.language, "channel": event.channel, "confidence": event.confidence}
    return {**values, **about, "at": outcome.now}


async def faq_of(connection: AsyncConnection, conversation: int, reference: str) -> str:
    """See `ports.Store.faq_of`."""
    mine = sa.and_(outbox.c.conversation_id == conversation, outbox.c.provider_message_id == reference)
    query = sa.select(outbox.c.payload).where(mine, outbox.c.role == "faq")
    payload = (await connection.execute(query)).scalar()
    return str((json.loads(payload).get("data") or {}).get("faq", "")) if payload else ""


@dataclass(frozen=True)
class Gap:
    """A question that nobody answered. `name`: the contact's, so that it can be masked."""

    text: str
    language: str
    name: str
    at: str


class FaqQueries:
    """Counts for reports, and the gaps."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def by_entry(self, period: Period) -> Sequence[Counted]:
        """How often each kind of event happened, for each entry."""
        query = (
            sa.select(faq_events.c.entry, faq_events.c.kind, sa.func.count())
            .where(*_within(period))
            .group_by(faq_events.c.entry, faq_events.c.kind)
        )
        async with self._database.read() as connection:
            return [Counted(*row) for row in await connection.execute(query)]

    async def totals(self, period: Period) -> Totals:
        """Episodes: a conversation on a day (UTC) on which its customer asked something; deflected: at least one
        answer, no person, and nothing that did not help."""
        day = sa.func.substr(faq_events.c.at, 1, 10)
        counts = {kind: _count(kind) for kind in ("answered", "handed_over", "not_helped")}
        asked = sa.func.sum(sa.case((faq_events.c.kind.in_(_ASKED_SOMETHING), 1), else_=0))
        columns = [column.label(kind) for kind, column in counts.items()]
        episodes = (
            sa.select(*columns)
            .where(*_within(period))
            .group_by(faq_events.c.conversation_id, day)
            .having(asked > 0)
            .subquery()
        )
        settled = sa.and_(episodes.c.answered > 0, episodes.c.handed_over == 0, episodes.c.not_helped == 0)
        query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(sa.case((settled, 1), else_=0)), 0))
        async with self._database.read() as connection:
            row = (await connection.execute(query.select_from(episodes))).one()
        return Totals(int(row[0]), int(row[1]))

    async def gaps(self, period: Period, most: int) -> Sequence[Gap]:
        """The newest `most` questions that nobody answered and whose words are still there."""
        query = (
            sa.select(faq_events.c.text, faq_events.c.language, contacts.c.name, faq_events.c.at)
            .join(conversations, conversations.c.id == faq_events.c.conversation_id)
            .join(contacts, contacts.c.id == conversations.c.contact_id)
            .where(faq_events.c.kind == "gap", faq_events.c.text != "", *_within(period))
            .order_by(faq_events.c.id.desc())
            .limit(most)
        )
        async with self._database.read() as connection:
            return [Gap(row[0], row[1], row[2] or "", row[3]) for row in await connection.execute(query)]


def _within(period: Period) -> list[sa.ColumnElement[bool]]:
    found = [faq_events.c.at >= period.start] if period.start else []
    return [*found, *([faq_events.c.at < period.end] if period.end else [])]


def _count(kind: str) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((faq_events.c.kind == kind, 1), else_=0))
