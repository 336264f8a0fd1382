"""Read model: one case as its page shows it: what was said, with the answers in place, notes, and who did what."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from textwrap import shorten
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.consent import Consent, consent
from bot.conversation.window import window_left
from bot.recovery.case_states import OPEN
from bot.recovery.refusals import Refusal
from bot.storage.borders import visible
from bot.storage.case_list import deadline, risk_at
from bot.storage.catalogue import SqlCatalogue
from bot.storage.engine import Database
from bot.storage.tables import answers, case_events, cases, contacts, conversations, responses
from bot.storage.unnamed import named_lines
from bot.storage.views import label
from survey_flows import piping
from survey_flows.model import Question, Survey
from survey_flows.questions.base import words

LINES = 200
"""Messages shown; more on request."""
SHORT = 60
"""Characters of a question beside its answer: the whole of it stands above, in the chat."""


@dataclass(frozen=True)
class Given:
    """An answer. `question`: its words, shortened, without what they say of the customer. `state`: current, superseded
    or withdrawn. `spoken`: what was said is recorded, and not written down."""

    question: str
    type: str
    label: str
    metric: str
    score: float | None
    band: str
    state: str
    at: str
    spoken: bool = False


@dataclass(frozen=True)
class Line:
    """`by`: customer, agent or bot. `status`: of delivery, for what we sent; `error`: why it was not sent. `channel`:
    of another chat of the customer's that belongs to the case; "": the case's own. `recording`: the provider's id of
    what was spoken, where it was, and `provider` who keeps it. `keys`: those of a telephone that were pressed."""

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
    channel: str = ""
    answers: tuple[Given, ...] = ()
    recording: str = ""
    keys: str = ""
    provider: str = ""


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
    anonymous case has none. `consent`: whether the customer may be written to in it."""

    case: Mapping[str, Any]
    name: str
    address: str
    language: str
    owner: str
    owner_agent: str | None
    open_survey: bool
    window: int | None
    consent: Consent
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
            events = (await connection.execute(_EVENTS, {"case": case})).mappings().all()
            said = json.loads(row["transcript"]) if here is None else await named_lines(connection, here, lines)
            others = await _elsewhere(connection, row, events)
            for other, channel in others:
                said += [{**line, "channel": channel} for line in await named_lines(connection, other, lines)]
            said.sort(key=lambda line: line["at"])
            given = await _answers(connection, row, [other for other, _ in others])
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
        contacts.c.opted_out_at,
        conversations.c.address,
        conversations.c.language,
        conversations.c.owner,
        conversations.c.agent.label("owner_agent"),
        conversations.c.response_id.label("open_response"),
        conversations.c.provider,
        conversations.c.last_inbound_at,
        conversations.c.call,
    )
    joined = joined.outerjoin(conversations, conversations.c.id == cases.c.conversation_id)
    joined = joined.outerjoin(contacts, contacts.c.id == cases.c.contact_id)
    return joined.where(cases.c.id == case, visible(agent, teams))


_EVENTS = sa.select(case_events).where(case_events.c.case_id == sa.bindparam("case")).order_by(case_events.c.id)


async def _elsewhere(
    connection: AsyncConnection, row: Mapping[str, Any], events: Sequence[Mapping[str, Any]]
) -> list[tuple[int, str]]:
    """The customer's other chats from which something was added to the case: id and channel."""
    added = {json.loads(event["data"]).get("conversation") for event in events if event["kind"] == "added"}
    wanted = added - {None, row["conversation_id"]}
    if not wanted or row["contact_id"] is None:
        return []
    theirs = sa.and_(conversations.c.id.in_(wanted), conversations.c.contact_id == row["contact_id"])
    query = sa.select(conversations.c.id, conversations.c.channel).where(theirs).order_by(conversations.c.id)
    return [(int(number), str(channel)) for number, channel in (await connection.execute(query)).all()]


async def _answers(
    connection: AsyncConnection, row: Mapping[str, Any], others: Sequence[int]
) -> Sequence[Mapping[str, Any]]:
    """Answers of the conversations' responses (of an anonymous case: of its own)."""
    here = row["conversation_id"]
    named = sa.and_(responses.c.conversation_id.in_([here, *others]), responses.c.contact_id.isnot(None))
    mine = responses.c.id == row["response_id"] if here is None else named
    query = sa.select(answers, responses.c.fingerprint).join(responses, responses.c.id == answers.c.response_id)
    return list((await connection.execute(query.where(mine).order_by(answers.c.id))).mappings())


def _given(row: Mapping[str, Any], survey: Survey, language: str) -> Given:
    value = json.loads(row["value"]) if row["value"] else None
    node = next((n for n in survey.nodes if n.id == row["node"]), None)
    shown = ("type", "metric", "score", "band", "state")
    given = "" if row["skipped"] else label(node, value, language)
    question = _asked(node.question, survey, language) if node else row["question"]
    return Given(**{name: row[name] for name in shown}, question=question, label=given, at=row["answered_at"])


def _asked(question: Question, survey: Survey, language: str) -> str:
    asked = piping.outline(words(question.text, language, survey.language))
    return shorten(asked, SHORT, placeholder="…") or question.id


def _line(said: Mapping[str, Any], given: Iterable[Given]) -> Line:
    prompt = said.get("prompt") or {}
    by = "customer" if said["direction"] == "in" else "agent" if said["role"] == "agent" else "bot"
    meant = prompt.get("meant")
    choices = tuple(str(c["label"]) for c in prompt.get("choices") or () if not meant or c["value"] in meant)
    asked = prompt.get("text", "")
    spoken = bool(said.get("recording"))
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
        channel=said.get("channel", ""),
        answers=tuple(replace(one, spoken=spoken and one.type == "text" and not one.label) for one in given),
        recording=said.get("recording", ""),
        keys=said.get("keys", ""),
        provider=said.get("provider", ""),
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
        address=row["address"] or row["reply_to"] or "",
        language=row["language"] or "en",
        owner=row["owner"] or "",
        owner_agent=row["owner_agent"],
        open_survey=row["open_response"] is not None,
        window=window,
        consent=consent(row["opted_out_at"], row["last_inbound_at"]),
        on_call=row["call"] is not None or row["provider"] == "web",
        due=row["due"],
        risk=row["risk"] if row["status"] in OPEN else "",
        items=items,
        longer=longer,
    )
