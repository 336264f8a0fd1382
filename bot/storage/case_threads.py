"""Threads of cases in the database. Implements `bot.recovery.mirroring.ThreadStore` and what the notifier needs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.state import TO_A_PERSON
from bot.conversation.unspoken import note
from bot.recovery.case_thread import Cursor, Happened, Thread
from bot.recovery.telling import CaseFile
from bot.storage.engine import Database
from bot.storage.notifications import CASE_FILES, case_file
from bot.storage.tables import case_events, case_threads, cases, conversations, inbox, outbox, responses
from bot.storage.takeover import WITHDRAWN
from bot.storage.unnamed import since_when

ROWS = 50
"""News of each kind that are read at once."""

_UNSETTLED = ("queued", "sending")
_LOST = ("failed", "undelivered", "withheld")

_t = case_threads.c
_SAID = (inbox.c.conversation_id == cases.c.conversation_id) & (inbox.c.kind == "message") & (inbox.c.status != "new")
_SENT = (outbox.c.conversation_id == cases.c.conversation_id) & outbox.c.status.not_in(_UNSETTLED)
_NEWS = sa.or_(
    _t.posting.isnot(None),
    _t.seen_event < 0,
    _t.digest == "",  # the message could not be changed, or nobody lived to do it
    sa.exists().where(_SAID, inbox.c.id > _t.seen_in),
    sa.exists().where(_SENT, outbox.c.id > _t.seen_out),
    sa.exists().where(case_events.c.case_id == _t.case_id, case_events.c.id > _t.seen_event),
)


class SqlThreads:
    def __init__(self, database: Database) -> None:
        self._database = database

    # What the notifier needs

    async def of(self, case: int, target: str) -> Thread | None:
        return await self._one(sa.and_(_t.case_id == case, _t.target == target))

    async def at(self, channel: str, thread: str) -> Thread | None:
        return await self._one(sa.and_(_t.channel == channel, _t.thread == thread))

    async def _one(self, where: Any) -> Thread | None:
        async with self._database.read() as connection:
            row = (await connection.execute(sa.select(case_threads).where(where))).mappings().first()
        return _thread(row) if row else None

    async def begin(self, case: int, target: str, channel: str, thread: str, digest: str, now: str) -> None:
        known = sa.select(_t.id).where(_t.case_id == case, _t.target == target)
        async with self._database.write() as connection:
            if (await connection.execute(known)).first() is not None:
                return
            seen = await _before(connection, case)
            row = {"case_id": case, "target": target, "channel": channel, "thread": thread, "digest": digest}
            row |= {"seen_in": seen.inbox, "seen_out": seen.outbox, "seen_event": -1, "not_before": now}
            await connection.execute(sa.insert(case_threads).values(**row))

    async def resume(self, thread: Thread, now: str) -> None:
        await self._set(thread, ended=False, not_before=now)

    # What mirroring needs

    async def with_news(self, now: str, limit: int) -> Sequence[Thread]:
        query = sa.select(case_threads).join(cases, cases.c.id == _t.case_id)
        query = query.where(~_t.ended, _t.not_before <= now, _NEWS).order_by(_t.id).limit(limit)
        async with self._database.read() as connection:
            return [_thread(row) for row in (await connection.execute(query)).mappings()]

    async def news(self, thread: Thread) -> tuple[CaseFile, Sequence[Happened], bool]:
        async with self._database.read() as connection:
            row = (await connection.execute(CASE_FILES.where(cases.c.id == thread.case))).mappings().one()
            case = case_file(row)
            happened = await _said(connection, case, thread.seen.inbox)
            happened += await _sent(connection, case, thread.seen.outbox)
            happened += await _events(connection, case.id, thread.seen.event)
            happened.sort(key=lambda one: (one.at, ("in", "out", "event").index(one.kind), one.id))
            if thread.seen.event < 0:
                happened = [*_past(json.loads(row["transcript"])), *happened]
            return case, happened, await _hidden(connection, case)

    async def posting(self, thread: Thread, to: Cursor, until: str) -> bool:
        as_seen = sa.and_(_t.id == thread.id, _t.posting.is_(None), _t.seen_in == thread.seen.inbox)
        as_seen = sa.and_(as_seen, _t.seen_out == thread.seen.outbox, _t.seen_event == thread.seen.event)
        values = {"posting": json.dumps([to.inbox, to.outbox, to.event]), "not_before": until}
        async with self._database.write() as connection:
            marked = await connection.execute(sa.update(case_threads).where(as_seen).values(**values))
        return bool(marked.rowcount)

    async def seen(self, thread: Thread, to: Cursor) -> None:
        ids = {"seen_in": to.inbox, "seen_out": to.outbox, "seen_event": to.event}
        await self._set(thread, posting=None, not_before="", digest="", **ids)

    async def wait(self, thread: Thread, until: str, *, begun: bool) -> None:
        await self._set(thread, not_before=until, **({} if begun else {"posting": None}))

    async def shown(self, thread: Thread, digest: str) -> None:
        await self._set(thread, digest=digest)

    async def end(self, thread: Thread) -> None:
        await self._set(thread, ended=True, posting=None)

    async def _set(self, thread: Thread, **values: Any) -> None:
        async with self._database.write() as connection:
            await connection.execute(sa.update(case_threads).where(_t.id == thread.id).values(**values))


async def _before(connection: AsyncConnection, case: int) -> Cursor:
    """What was said before the case opened: the case's own transcript has it, as far as it may be shown."""
    row = (await connection.execute(sa.select(cases).where(cases.c.id == case))).mappings().one()
    ids = [str(line.get("id", "")) for line in json.loads(row["transcript"])]
    here, opened = row["conversation_id"], row["opened_at"]
    said = sa.select(sa.func.max(inbox.c.id)).where(inbox.c.conversation_id == here, inbox.c.received_at <= opened)
    sent = sa.select(sa.func.max(outbox.c.id)).where(outbox.c.conversation_id == here, outbox.c.created_at < opened)
    last = [(await connection.execute(query)).scalar() or 0 for query in (said, sent)]
    known = [max((int(i[len(p) :]) for i in ids if i.startswith(p)), default=0) for p in ("in-", "out-")]
    return Cursor(max(last[0], known[0]), max(last[1], known[1]))


async def _hidden(connection: AsyncConnection, case: CaseFile) -> bool:
    """While an anonymous survey runs, what is said in the chat has no name to stand beside."""
    if case.conversation is None or case.owner == "human":
        return False
    running = sa.select(responses.c.id).join(conversations, conversations.c.response_id == responses.c.id)
    query = running.where(conversations.c.id == case.conversation, responses.c.contact_id.is_(None))
    return (await connection.execute(query)).first() is not None


async def _said(connection: AsyncConnection, case: CaseFile, seen: int) -> list[Happened]:
    mine = sa.and_(inbox.c.conversation_id == case.conversation, inbox.c.kind == "message", inbox.c.id > seen)
    rows = await connection.execute(sa.select(inbox).where(mine).order_by(inbox.c.id).limit(ROWS))
    since, found = await since_when(connection, case.conversation), []
    for row in rows.mappings():
        data = json.loads(row["payload"])
        text, ready = note(row["text"], data), row["status"] != "new"
        if since is not None and row["received_at"] >= since and row["understood"] != json.dumps(TO_A_PERSON):
            text = ""  # said to an anonymous survey: it has no name to stand beside
        found.append(Happened("in", row["id"], row["received_at"], "customer", text, data, ready))
    return found


async def _sent(connection: AsyncConnection, case: CaseFile, seen: int) -> list[Happened]:
    mine = sa.and_(outbox.c.conversation_id == case.conversation, outbox.c.id > seen)
    rows = await connection.execute(sa.select(outbox).where(mine).order_by(outbox.c.id).limit(ROWS))
    since, found = await since_when(connection, case.conversation), []
    for row in rows.mappings():
        said = json.loads(row["payload"])
        text = said["text"] or (said["prompt"] or {}).get("text", "")
        text = "" if row["error"] == WITHDRAWN else text  # taken back before it left: it was never said
        if since is not None and row["created_at"] >= since and row["role"] != "agent":
            text = ""
        error = (row["error"] or row["status"]) if row["status"] in _LOST else ""
        settled = row["status"] not in _UNSETTLED
        origin = _place((said.get("data") or {}).get("origin"))
        found.append(Happened("out", row["id"], row["created_at"], row["sender"], text, {}, settled, origin, error))
    return found


async def _events(connection: AsyncConnection, case: int, since: int) -> list[Happened]:
    mine = sa.and_(case_events.c.case_id == case, case_events.c.id > since)
    rows = await connection.execute(sa.select(case_events).where(mine).order_by(case_events.c.id).limit(ROWS))
    found = []
    for row in rows.mappings():
        data = {**json.loads(row["data"]), "kind": row["kind"]}
        origin = _place(data.get("origin"))
        text = str(data.get("text", ""))
        found.append(Happened("event", row["id"], row["at"], row["actor"], text, data, True, origin))
    return found


def _past(transcript: Sequence[dict[str, Any]]) -> list[Happened]:
    """The end of what was said before. Its rows are behind the cursor already, so they bear no id."""
    found = []
    for line in transcript[-4:]:
        kind = "in" if line["direction"] == "in" else "out"
        text = line["text"] or (line["prompt"] or {}).get("text", "")
        found.append(Happened(kind, -1, line["at"], line["sender"], text))
    return found


def _place(origin: Any) -> str:
    """The thread of an origin (channel:thread:message)."""
    return ":".join(str(origin or "").split(":")[:2])


def _thread(row: Any) -> Thread:
    return Thread(
        row["id"],
        row["case_id"],
        row["target"],
        row["channel"],
        row["thread"],
        Cursor(row["seen_in"], row["seen_out"], row["seen_event"]),
        row["digest"],
        Cursor(*json.loads(row["posting"])) if row["posting"] else None,
    )
