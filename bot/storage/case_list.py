"""Read model: the list of cases in the inbox, by the time that is left on the clock.

What it costs grows with the cases that are open, not with all that ever were.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.consent import Consent, consent
from bot.conversation.unspoken import note
from bot.conversation.window import window_left
from bot.recovery import clocks
from bot.recovery.case_states import OPEN
from bot.recovery.refusals import Refusal
from bot.storage.borders import visible
from bot.storage.case_search import Search
from bot.storage.engine import Database
from bot.storage.tables import case_clocks, cases, contacts, conversations, inbox, outbox
from bot.storage.unnamed import unnamed_since

VIEWS = ("mine", "unassigned", "all", "done")
PAGE = 50
deadline = sa.case(
    (cases.c.first_response_at.is_(None), cases.c.due_at), else_=sa.func.coalesce(cases.c.resolve_by, cases.c.due_at)
)
"""What is due next: the first answer, then that it is put right."""


@dataclass(frozen=True)
class Wanted:
    """`teams`: the agent's; None: all of them. What is the agent's own is seen whatever its team. `private`: names,
    addresses and words may be searched; else only the case's number. `keep`: the case that the agent has open; it
    keeps its row when it leaves the view, so that they see where it went."""

    agent: str
    teams: tuple[str, ...] | None = None
    view: str = "mine"
    snoozed: bool = False
    search: str = ""
    after: str = ""
    private: bool = True
    keep: int | None = None


@dataclass(frozen=True)
class Last:
    """`words`: the customer's last ones; ours where they have said none (`theirs` False). `by`: who spoke last:
    "customer", "agent" or "bot"; `sender`: the agent's name. `keys`: those that a caller pressed instead of words."""

    words: str
    theirs: bool = True
    by: str = "customer"
    sender: str = ""
    keys: str = ""


@dataclass(frozen=True)
class CaseRow:
    """`due`: the clock that runs, `risk`: "", "at_risk" or "late". `window`: seconds in which the customer can still
    be written to (None: no such rule). `waiting_since`: None while nobody waits for us. `last`: what was said last."""

    id: int
    contact: int | None
    conversation: int | None
    name: str
    address: str
    channel: str
    team: str
    agent: str | None
    status: str
    reason: str
    priority: str
    metric: str
    score: float | None
    band: str
    due: str
    answered: bool
    risk: str
    last: Last
    consent: Consent
    waiting_since: str | None
    window: int | None
    snoozed_until: str | None


@dataclass(frozen=True)
class Page:
    """`after`: where the next page begins; "" when this is the last. `kept`: the row that is here only because
    its case is open before the agent."""

    rows: Sequence[CaseRow]
    after: str = ""
    kept: int | None = None


@dataclass(frozen=True)
class Counts:
    mine: int
    unassigned: int
    all: int


class CaseList:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, wanted: Wanted, now: str) -> Page:
        search = Search(self._database.sqlite)
        async with self._database.read(patient=bool(wanted.search)) as connection:
            found = (await connection.execute(_query(wanted, search, now))).mappings().all()
            kept = await _kept(connection, wanted, found[:PAGE], now)
            rows = _in_order([*found[:PAGE], *kept], wanted) if kept else found[:PAGE]
            here = [row["conversation_id"] for row in rows if row["conversation_id"] is not None]
            lines = await _last_lines(connection, here)
            waiting = await _waiting_since(connection, here)
        after = _cursor(found[PAGE - 1]) if len(found) > PAGE else ""
        return Page([_row(row, lines, waiting, now) for row in rows], after, wanted.keep if kept else None)

    async def counts(self, agent: str, teams: tuple[str, ...] | None, now: str) -> Counts:
        """How many open cases each view has; snoozed ones are not counted."""
        mine, free = cases.c.agent == agent, cases.c.agent.is_(None)
        query = sa.select(
            sa.func.coalesce(sa.func.sum(sa.case((mine, 1), else_=0)), 0).label("mine"),
            sa.func.coalesce(sa.func.sum(sa.case((free, 1), else_=0)), 0).label("unassigned"),
            sa.func.count().label("all"),
        ).where(cases.c.status.in_(OPEN), _awake(now), visible(agent, teams))
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one()
        return Counts(*row)


def _awake(now: str) -> sa.ColumnElement[bool]:
    return sa.or_(cases.c.snoozed_until.is_(None), cases.c.snoozed_until <= now)


def _pending(*kinds: str) -> sa.Exists:
    mine = case_clocks.c.case_id == cases.c.id
    return sa.exists().where(mine, case_clocks.c.kind.in_(kinds), case_clocks.c.struck_at.is_(None))


def risk_at(now: str) -> sa.ColumnElement[str]:
    """The clock of the risk has struck, and nothing happened since: it is at risk; later it is late."""
    unanswered = cases.c.first_response_at.is_(None)
    struck = sa.or_(
        sa.and_(unanswered, ~_pending(clocks.FIRST_RESPONSE_RISK)),
        sa.and_(~unanswered, ~_pending(clocks.RESOLUTION_RISK)),
    )
    return sa.case((deadline <= now, "late"), (struck, "at_risk"), else_="")


def _rows(wanted: Wanted, now: str) -> sa.Select:
    """What a row needs, of the cases that the agent may see."""
    return (
        sa.select(
            cases,
            deadline.label("due"),
            risk_at(now).label("risk"),
            contacts.c.name,
            contacts.c.opted_out_at,
            conversations.c.address,
            conversations.c.provider,
            conversations.c.last_inbound_at,
            unnamed_since.label("unnamed_since"),
        )
        .outerjoin(conversations, conversations.c.id == cases.c.conversation_id)
        .outerjoin(contacts, contacts.c.id == cases.c.contact_id)
        .where(visible(wanted.agent, wanted.teams))
    )


async def _kept(
    connection: AsyncConnection, wanted: Wanted, found: Sequence[Mapping[str, Any]], now: str
) -> Sequence[Mapping[str, Any]]:
    """The row of the open case where the view has it no longer: a query of its own, for the views' have indexes."""
    if wanted.keep is None or wanted.search or any(row["id"] == wanted.keep for row in found):
        return ()
    return (await connection.execute(_rows(wanted, now).where(cases.c.id == wanted.keep))).mappings().all()


def _in_order(rows: Sequence[Mapping[str, Any]], wanted: Wanted) -> Sequence[Mapping[str, Any]]:
    """As the view's query orders them."""
    if wanted.view == "done":
        return sorted(rows, key=lambda row: -row["id"])
    return sorted(rows, key=lambda row: (row["due"], row["id"]))


def _query(wanted: Wanted, search: Search, now: str) -> sa.Select:
    query = _rows(wanted, now).limit(PAGE + 1)
    if wanted.search:
        found = query.where(search.matches(wanted.search, wanted.private))
        return _after(found.order_by(cases.c.id.desc()), wanted, newest_first=True)
    if wanted.view == "done":
        done = query.where(cases.c.status.in_(("resolved", "closed")))
        return _after(done.order_by(cases.c.id.desc()), wanted, newest_first=True)
    query = query.where(cases.c.status.in_(OPEN)).order_by(deadline, cases.c.id)
    query = query.where(cases.c.snoozed_until > now if wanted.snoozed else _awake(now))
    if wanted.view == "mine":
        query = query.where(cases.c.agent == wanted.agent)
    elif wanted.view == "unassigned":
        query = query.where(cases.c.agent.is_(None))
    return _after(query, wanted, newest_first=False)


def _after(query: sa.Select, wanted: Wanted, *, newest_first: bool) -> sa.Select:
    if not wanted.after:
        return query
    due, _, number = wanted.after.partition("~")
    if not number.isdecimal() or len(number) > 18:
        raise Refusal("list_changed")
    if newest_first:
        return query.where(cases.c.id < int(number))
    return query.where(sa.or_(deadline > due, sa.and_(deadline == due, cases.c.id > int(number))))


def _cursor(row: Mapping[str, Any]) -> str:
    return f"{row['due']}~{row['id']}"


async def _last_lines(connection: AsyncConnection, here: Sequence[int]) -> Mapping[int, Last]:
    """Conversation → what was said in it last."""
    if not here:
        return {}
    said = sa.select(sa.func.max(inbox.c.id)).where(inbox.c.conversation_id.in_(here), inbox.c.kind == "message")
    sent = sa.select(sa.func.max(outbox.c.id)).where(
        outbox.c.conversation_id.in_(here), outbox.c.status.not_in(("withheld", "failed"))
    )
    lines: dict[int, Last] = {}
    heard: dict[int, str] = {}
    query = sa.select(inbox).where(inbox.c.id.in_(said.group_by(inbox.c.conversation_id)))
    for row in (await connection.execute(query)).mappings():
        payload = json.loads(row["payload"])
        lines[row["conversation_id"]] = Last(note(row["text"], payload), keys=str(payload.get("keys") or ""))
        heard[row["conversation_id"]] = row["received_at"]
    query = sa.select(outbox).where(outbox.c.id.in_(sent.group_by(outbox.c.conversation_id)))
    for row in (await connection.execute(query)).mappings():
        number = row["conversation_id"]
        if row["created_at"] >= heard.get(number, ""):
            lines[number] = _after_ours(lines.get(number), row)
    return lines


def _after_ours(theirs: Last | None, row: Mapping[str, Any]) -> Last:
    """What was said last where a letter of ours is the last one. `theirs`: the customer's last words, if any."""
    by, sender = ("agent", row["sender"]) if row["role"] == "agent" else ("bot", "")
    if theirs is not None:
        return replace(theirs, by=by, sender=sender)
    letter = json.loads(row["payload"])
    return Last(letter.get("text") or (letter.get("prompt") or {}).get("text", ""), False, by, sender)


async def _waiting_since(connection: AsyncConnection, here: Sequence[int]) -> Mapping[int, str]:
    """Conversation → when the customer wrote what no person has answered yet."""
    answered = (
        sa.select(sa.func.max(outbox.c.created_at))
        .where(outbox.c.conversation_id == inbox.c.conversation_id, outbox.c.role == "agent")
        .where(outbox.c.status.not_in(("withheld", "failed")))
        .scalar_subquery()
    )
    query = (
        sa.select(inbox.c.conversation_id, sa.func.min(inbox.c.received_at))
        .where(inbox.c.conversation_id.in_(here), inbox.c.kind == "message", inbox.c.received_at > answered)
        .group_by(inbox.c.conversation_id)
    )
    return dict((await connection.execute(query)).all()) if here else {}


def _last(row: Mapping[str, Any], lines: Mapping[int, Last]) -> Last:
    """Of a case: what its chat ends with. What made the case stands for it where the chat may not be shown, or where
    the customer said nothing in it, or pressed a key last."""
    verbatim = Last(row["verbatim"])
    found = verbatim if row["unnamed_since"] else lines.get(row["conversation_id"], verbatim)
    said = found.theirs and found.words
    return found if said or not row["verbatim"] else replace(found, words=row["verbatim"], theirs=True)


def _row(row: Mapping[str, Any], lines: Mapping[int, Last], waiting: Mapping[int, str], now: str) -> CaseRow:
    here = row["conversation_id"]
    answered = row["first_response_at"] is not None
    open_ = row["status"] in OPEN
    since = (waiting.get(here) if answered else row["opened_at"]) if open_ else None
    shown = ("id", "channel", "team", "agent", "status", "reason", "priority", "metric", "score", "band", "due")
    window = window_left(row["provider"], row["channel"], row["last_inbound_at"], now) if here is not None else None
    return CaseRow(
        **{name: row[name] for name in shown},
        contact=row["contact_id"],
        conversation=here,
        name=row["name"] or "",
        address=row["address"] or row["reply_to"] or "",
        answered=answered,
        risk=row["risk"] if open_ else "",
        last=_last(row, lines),
        consent=consent(row["opted_out_at"], row["last_inbound_at"]),
        waiting_since=since,
        window=window,
        snoozed_until=row["snoozed_until"],
    )
