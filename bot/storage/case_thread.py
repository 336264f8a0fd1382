"""Read model: one case as its page shows it: what was said, with the answers in place, notes, and who did what."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.window import window_left
from bot.recovery.case_states import OPEN
from bot.recovery.refusals import Refusal
from bot.storage.borders import visible
from bot.storage.case_list import deadline, risk_at, unnamed_since
from bot.storage.catalogue import SqlCatalogue
from bot.storage.engine import Database
from bot.storage.tables import answers, case_events, cases, contacts, conversations, responses
from bot.storage.transcript import transcript
from bot.storage.views import label
from survey_flows.model import Survey

LINES = 200
"""Messages shown; more on request."""


@dataclass(frozen=True)
class Given:
    """An answer. `state`: current, superseded or withdrawn."""

    question: str
    type: str
    label: str
    metric: str
    score: float | None
    band: str
    state: str
    at: str


@dataclass(frozen=True)
class Line:
    """`by`: customer, agent or bot. `status`: of delivery, for what we sent; `error`: why it was not sent. `undo`: when
    a letter that is still held back leaves (ISO 8601)."""

    id: str
    at: str
    by: str
    sender: str
    role: str
    text: str
    choices: tuple[str, ...] = ()
    status: str = ""
    error: str = ""
    edited: bool = False
    answers: tuple[Given, ...] = ()


@dataclass(frozen=True)
class Event:
    """Who did what (`bot/storage/case_events.py`). A note's text is in `text`."""

    id: int
    at: str
    actor: str
    kind: str
    data: Mapping[str, Any]
    text: str = ""


@dataclass(frozen=True)
class Thread:
    """`items`: lines and events, oldest first. `owner`: who has the conversation: survey, bot, human, or "" where an
    anonymous case has none. `writable`: whether the case may be worked on at all."""

    case: Mapping[str, Any]
    name: str
    address: str
    language: str
    owner: str
    owner_agent: str | None
    open_survey: bool
    window: int | None
    on_call: bool
    due: str
    risk: str
    items: Sequence[Line | Event] = field(default_factory=tuple)
    longer: bool = False

    @property
    def open(self) -> bool:
        return self.case["status"] in OPEN


class CaseThread:
    def __init__(self, database: Database, catalogue: SqlCatalogue) -> None:
        self._database = database
        self._catalogue = catalogue

    async def thread(
        self, case: int, agent: str, teams: tuple[str, ...] | None, now: str, lines: int = LINES
    ) -> Thread:
        """Raises Refusal for a case that there is none, or that is not the agent's to see."""
        async with self._database.read() as connection:
            row = (await connection.execute(_case(case, agent, teams, now))).mappings().first()
            if row is None:
                raise Refusal("no_case", case=case)
            here = row["conversation_id"]
            said = json.loads(row["transcript"]) if here is None else await transcript(connection, here, lines)
            said = [line for line in said if not _unnamed(line["at"], row)]
            given = await _answers(connection, row)
            events = (await connection.execute(_EVENTS, {"case": case})).mappings().all()
        surveys = {f: await self._catalogue.version(f) for f in {a["fingerprint"] for a in given}}
        language = row["language"] or "en"
        answered: dict[str, list[Given]] = {}
        for answer in given:
            answered.setdefault(f"in-{answer['inbox_id']}", []).append(
                _given(answer, surveys[answer["fingerprint"]], language)
            )
        items = _merged([_line(m, answered.get(m["id"], ())) for m in said], [_event(e) for e in events])
        return _thread(row, items, len(said) >= lines, now)

    async def conversation(self, case: int, agent: str, teams: tuple[str, ...] | None) -> int | None:
        """The case's conversation; None for an anonymous one. Raises like `thread`."""
        query = sa.select(cases.c.conversation_id).where(cases.c.id == case, visible(agent, teams))
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            raise Refusal("no_case", case=case)
        return None if row[0] is None else int(row[0])


def _case(case: int, agent: str, teams: tuple[str, ...] | None, now: str) -> sa.Select:
    joined = sa.select(
        cases,
        deadline.label("due"),
        risk_at(now).label("risk"),
        contacts.c.name,
        conversations.c.address,
        conversations.c.language,
        conversations.c.owner,
        conversations.c.agent.label("owner_agent"),
        conversations.c.response_id.label("open_response"),
        conversations.c.provider,
        conversations.c.last_inbound_at,
        conversations.c.call,
        unnamed_since.label("unnamed_since"),
    )
    joined = joined.outerjoin(conversations, conversations.c.id == cases.c.conversation_id)
    joined = joined.outerjoin(contacts, contacts.c.id == cases.c.contact_id)
    return joined.where(cases.c.id == case, visible(agent, teams))


_EVENTS = sa.select(case_events).where(case_events.c.case_id == sa.bindparam("case")).order_by(case_events.c.id)


async def _answers(connection: AsyncConnection, row: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Answers of the conversation's responses (of an anonymous case: of its own)."""
    here = row["conversation_id"]
    named = sa.and_(responses.c.conversation_id == here, responses.c.contact_id.isnot(None))
    mine = responses.c.id == row["response_id"] if here is None else named
    query = sa.select(answers, responses.c.fingerprint).join(responses, responses.c.id == answers.c.response_id)
    return list((await connection.execute(query.where(mine).order_by(answers.c.id))).mappings())


def _unnamed(at: str, row: Mapping[str, Any]) -> bool:
    """Said to an anonymous survey that is still open: who asks for a person then gives a name, not the answers."""
    since = row["unnamed_since"]
    return since is not None and since <= at < row["opened_at"]


def _given(row: Mapping[str, Any], survey: Survey, language: str) -> Given:
    value = json.loads(row["value"]) if row["value"] else None
    node = next((n for n in survey.nodes if n.id == row["node"]), None)
    shown = ("question", "type", "metric", "score", "band", "state")
    words = "" if row["skipped"] else label(node, value, language)
    return Given(**{name: row[name] for name in shown}, label=words, at=row["answered_at"])


def _line(said: Mapping[str, Any], given: Iterable[Given]) -> Line:
    prompt = said.get("prompt") or {}
    by = "customer" if said["direction"] == "in" else "agent" if said["role"] == "agent" else "bot"
    choices = tuple(str(choice["label"]) for choice in prompt.get("choices") or ())
    asked = prompt.get("text", "")
    text = said["text"] if asked in said["text"] else "\n".join(part for part in (said["text"], asked) if part)
    return Line(
        id=said["id"],
        at=said["at"],
        by=by,
        sender=said["sender"],
        role=said["role"],
        text=text,
        choices=choices,
        status=said["status"] if by != "customer" else "",
        error=said.get("error") or "",
        edited=bool(said.get("edited")),
        answers=tuple(given),
    )


def _event(row: Mapping[str, Any]) -> Event:
    data = json.loads(row["data"])
    text = str(data.pop("text", "")) if row["kind"] == "note" else ""
    return Event(row["id"], row["at"], row["actor"], row["kind"], data, text)


def _merged(lines: Sequence[Line], events: Sequence[Event]) -> list[Line | Event]:
    """Lines keep their order (a reply follows what it answers); an event comes after all that was said until then."""
    merged: list[Line | Event] = []
    left = list(events)
    for line in lines:
        while left and left[0].at < line.at:
            merged.append(left.pop(0))
        merged.append(line)
    return merged + left


def _thread(row: Mapping[str, Any], items: Sequence[Line | Event], longer: bool, now: str) -> Thread:
    here = row["conversation_id"]
    window = None if here is None else window_left(row["provider"], row["channel"], row["last_inbound_at"], now)
    return Thread(
        case={column.name: row[column.name] for column in cases.c if column.name != "transcript"},
        name=row["name"] or "",
        address=row["address"] or "",
        language=row["language"] or "en",
        owner=row["owner"] or "",
        owner_agent=row["owner_agent"],
        open_survey=row["open_response"] is not None,
        window=window,
        on_call=row["call"] is not None or row["provider"] == "web",
        due=row["due"],
        risk=row["risk"] if row["status"] in OPEN else "",
        items=items,
        longer=longer,
    )
