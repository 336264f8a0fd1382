"""What a team is told of a case, in its language and its time zone. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.recovery.desk import Team

EXCERPT = 280
"""Characters of the customer's own words that a notification quotes; the case has them all."""

CASE_PAGE = "/console/inbox?case={case}"


@dataclass(frozen=True)
class CaseFile:
    """A case as it is told of. `name` is None where nobody may know who it is, or nobody does; of somebody anonymous it
    is the address that they left for an answer."""

    id: int
    status: str
    team: str
    priority: str
    channel: str
    reason: str
    opened_at: str
    due_at: str
    resolve_by: str = ""
    touchpoint: str = ""
    survey: str = ""
    metric: str = ""
    score: float | None = None
    band: str = ""
    verbatim: str = ""
    agent: str | None = None
    name: str | None = None
    conversation: int | None = None
    answered: bool = False
    owner: str = ""
    """Who has the conversation: survey, bot, human."""
    open_survey: bool = False
    """Whether a survey waits there to be gone on with."""
    root_cause: str = ""
    action: str = ""


@dataclass(frozen=True)
class Notification:
    """One row of the queue: `kind` (opened, transferred, what clocks strike) is told to `target` by `way`. `doubtful`:
    an earlier attempt may have got through."""

    id: int
    case: int
    kind: str
    way: str
    target: str
    attempts: int
    status: str
    created_at: str

    @property
    def doubtful(self) -> bool:
        return self.status != "queued"


@dataclass(frozen=True)
class Told:
    """A notification with all that a notifier needs to write it. `link`: the case in the console ("": no address of
    ours is known)."""

    notification: Notification
    case: CaseFile
    team: Team
    link: str = ""

    @property
    def title(self) -> str:
        words = _words(self.team.language)
        return str(words.get(self.notification.kind) or words["other"]).format(case=self.case.id)

    def facts(self) -> list[tuple[str, str]]:
        return facts(self.case, self.team)

    @property
    def quote(self) -> str:
        return excerpt(self.case.verbatim)


def say(language: str, name: str, **values: object) -> str:
    """The words for `name`. Raises KeyError for an unknown name."""
    return str(_words(language)[name]).format(**values)


def state_in_words(case: CaseFile, language: str) -> str:
    return str(_words(language)["states"].get(case.status, case.status))


def facts(case: CaseFile, team: Team) -> list[tuple[str, str]]:
    """Label and value of everything worth knowing at a glance, in the team's language."""
    language, words = team.language, _words(team.language)
    found = {
        "customer": case.name or words["anonymous"],
        "score": _score(case),
        "touchpoint": case.touchpoint,
        "reason": words["reasons"].get(case.reason, case.reason),
        "channel": case.channel,
        "priority": words["priorities"].get(case.priority, case.priority),
        "state": state_in_words(case, language),
        "agent": case.agent or words["nobody"],
        "answer_by": "" if case.answered else moment(case.due_at, team),
        "resolve_by": moment(case.resolve_by, team) if case.resolve_by else "",
        "root_cause": case.root_cause,
        "action": excerpt(case.action),
    }
    return [(words[name], value) for name, value in found.items() if value]


def moment(at: str, team: Team) -> str:
    """A point in time as the team's clocks show it."""
    zone = team.work.hours.zone
    form = "%d.%m.%Y %H:%M" if team.language == "de" else "%Y-%m-%d %H:%M"
    return f"{datetime.fromisoformat(at).astimezone(zone).strftime(form)} ({zone})"


def excerpt(text: str) -> str:
    """One line of it. What stood on lines of its own, as a customer's several answers do, is told apart."""
    flat = " / ".join(line for line in (" ".join(part.split()) for part in text.splitlines()) if line)
    return flat if len(flat) <= EXCERPT else f"{flat[: EXCERPT - 1]}…"


def _score(case: CaseFile) -> str:
    if case.score is None:
        return ""
    return f"{case.score:g} ({case.metric.upper()})" if case.metric else f"{case.score:g}"


@cache
def _all() -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = yaml.safe_load(
        Path(__file__).with_name("told.yml").read_text(encoding="utf-8")
    )
    return found


def _words(language: str) -> Mapping[str, Any]:
    return {**_all()["en"], **_all().get(language, {})}


def languages() -> tuple[str, ...]:
    """Languages in which teams can be told."""
    return tuple(_all())
