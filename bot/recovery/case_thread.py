"""What a case looks like where its team works: the message, and the lines of its thread. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.recovery.case_states import OPEN
from bot.recovery.desk import Desk, Team
from bot.recovery.telling import CaseFile, excerpt, facts, moment, say
from channels.workplace import Act, Card, Line

SYSTEM = "conductor"
"""The actor of clocks, in the audit. What they say is told by notifications."""


@dataclass(frozen=True)
class Cursor:
    """The last inbox row, outbox row and audit event that stand in a thread. -1: not even its beginning does."""

    inbox: int = -1
    outbox: int = -1
    event: int = -1


@dataclass(frozen=True)
class Thread:
    """A case's thread in one channel. `posting`: what a post that was begun would have brought it to."""

    id: int
    case: int
    target: str
    channel: str
    thread: str
    seen: Cursor
    digest: str
    posting: Cursor | None = None

    @property
    def place(self) -> str:
        return f"{self.channel}:{self.thread}"


@dataclass(frozen=True)
class Happened:
    """One row that is news to a thread. `kind`: in, out, event. `settled`: nothing about it will change.
    `origin`: the thread in which it was written."""

    kind: str
    id: int
    at: str
    who: str
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)
    settled: bool = True
    origin: str = ""
    error: str = ""


class Room(Protocol):
    """Where teams work (`channels/slack/room.py`). Raises SendError, or TimeoutError when only the provider knows."""

    async def enter(self, target: str) -> str: ...
    async def post(self, channel: str, shown: Card, key: str) -> str: ...
    async def change(self, channel: str, thread: str, shown: Card) -> None: ...
    async def write(
        self, channel: str, thread: str, said: Sequence[Line], key: str, loud: Card | None = None
    ) -> str: ...
    async def find(self, channel: str, thread: str, key: str, since: float = 0) -> str | None: ...
    async def whisper(self, channel: str, thread: str, who: str, text: str) -> None: ...
    async def email(self, who: str) -> str | None: ...


def card_of(case: CaseFile, team: Team, link: str, title: str = "") -> Card:
    """The case as it stands now."""
    language = team.language
    acts: tuple[tuple[Act, str], ...] = tuple((act, say(language, act)) for act in _acts(case))
    return Card(
        case.id,
        title or f"{say(language, 'other', case=case.id)} · {team.name(language)}",
        tuple(facts(case, team)),
        excerpt(case.verbatim),
        acts,
        link,
        say(language, "open_case"),
    )


def _acts(case: CaseFile) -> list[Act]:
    if case.status not in OPEN:
        return []
    held = case.owner == "human"
    if case.agent is None:
        return ["claim", "transfer"]
    if case.conversation is not None and not held:
        return ["claim", "resolve", "transfer"]
    return ["resolve", "hand_back", "transfer"] if held else ["resolve", "transfer"]


def digest(shown: Card) -> str:
    return hashlib.sha256(repr(shown).encode()).hexdigest()


def at_home(thread: Thread, team: Team) -> bool:
    """Whether the thread's channel is one of the team that has the case."""
    return thread.target in (*team.notify.slack, *team.lead.slack)


def lines_of(happened: Sequence[Happened], thread: Thread, case: CaseFile, desk: Desk) -> list[Line]:
    """News as lines; what was written in this very thread is not repeated there."""
    team = desk.team(case.team)
    return [line for one in happened if (line := _line(one, thread, case, team, desk)) is not None]


def _line(one: Happened, thread: Thread, case: CaseFile, team: Team, desk: Desk) -> Line | None:
    if one.kind == "event":
        return _event(one, thread, team, desk)
    language = team.language
    if one.kind == "in":
        text = say(language, "edited", text=one.text) if one.data.get("edited") and one.text else one.text
        return Line("customer", case.name or say(language, "customer"), text) if text.strip() else None
    if not one.text.strip():
        return None
    if one.error:
        text = say(language, "undelivered", text=one.text, why=one.error)
    elif one.origin == thread.place:
        return None
    else:
        text = one.text
    return Line("bot", say(language, "bot"), text) if one.who == "bot" else Line("agent", one.who, text)


def _event(one: Happened, thread: Thread, team: Team, desk: Desk) -> Line | None:
    language, kind, who = team.language, str(one.data.get("kind", "")), one.who
    elsewhere = one.data.get("channel")  # what is added in the chat itself is seen there
    if who == SYSTEM:
        return None
    if kind == "note":
        return None if one.origin == thread.place else Line("note", who, one.text)
    words = {
        "transferred": lambda: say(language, "passed_on", who=who, team=_to(one, desk, language)),
        "snoozed": lambda: say(language, "snoozed", who=who, until=moment(str(one.data.get("until")), team)),
        "handed_back": lambda: say(language, _handed_back(one), who=who),
        "reopened": lambda: say(language, "open_again"),
        **(
            {"added": lambda: say(language, "more", score=_score(one), channel=one.data["channel"])}
            if elsewhere
            else {}
        ),
    }
    if kind in words:
        return Line("event", "", words[kind]())
    if kind == "status" and one.data.get("to") == "assigned":
        return Line("event", "", say(language, "took", who=who))
    if kind == "status" and one.data.get("to") == "resolved":
        cause, action = str(one.data.get("root_cause", "")), str(one.data.get("action", ""))
        return Line("event", "", say(language, "resolved_by", who=who, cause=cause, action=action))
    return None


def _handed_back(one: Happened) -> str:
    return "handed_back" if one.data.get("resumed", True) else "handed_back_silent"


def _score(one: Happened) -> str:
    return f"{one.data.get('score') or 0:g} ({str(one.data.get('metric', '')).upper()})"


def _to(one: Happened, desk: Desk, language: str) -> str:
    team = desk.team(str(one.data.get("to", ""))).name(language)
    return f"{team} ({one.data['to_agent']})" if one.data.get("to_agent") else team
