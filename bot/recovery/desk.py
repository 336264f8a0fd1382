"""The desk: which team a case goes to, how urgent it is, and by when somebody answers and it is put right. Pure.

What it knows is written in `recovery.yml` (`desk_file.py` reads it). Without that file there is one team that is there
around the clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.conversation.ports import Assignment, CaseFacts
from bot.recovery.clocks import (
    FIRST_RESPONSE_MISSED,
    FIRST_RESPONSE_RISK,
    OPENED,
    RESOLUTION_MISSED,
    RESOLUTION_RISK,
    UNASSIGNED,
)
from bot.recovery.working_time import WorkingTime

PRIORITIES = ("urgent", "high", "normal", "low")
FIRST_RESPONSE = {"urgent": 30, "high": 60, "normal": 240, "low": 1440}
RESOLUTION = {"urgent": 480, "high": 1440, "normal": 2880, "low": 7200}
"""Minutes by priority, unless the team says otherwise."""

ROOT_CAUSES = ("late", "damaged", "wrong_item", "price", "staff", "website", "communication", "policy", "other")

AT_RISK = 0.8
"""Part of the working time after which a clock is said to be at risk."""

REASON_PRIORITY = {"failure": "urgent", "asked": "high", "complaint": "high", "unreadable": "high"}


@dataclass(frozen=True)
class Notices:
    """Where a team is told of its cases: Slack channels, e-mail addresses, web addresses."""

    slack: tuple[str, ...] = ()
    email: tuple[str, ...] = ()
    webhook: tuple[str, ...] = ()


@dataclass(frozen=True)
class Team:
    """`first_response` and `resolution`: minutes by priority. `unassigned_after`: minutes of working time after which
    a case that nobody took goes to `next_team` (None: it stays, and the lead is told)."""

    key: str
    title: Mapping[str, str] = field(default_factory=dict)
    work: WorkingTime = field(default_factory=WorkingTime)
    first_response: Mapping[str, int] = field(default_factory=lambda: FIRST_RESPONSE)
    resolution: Mapping[str, int] = field(default_factory=lambda: RESOLUTION)
    unassigned_after: int = 60
    next_team: str | None = None
    notify: Notices = field(default_factory=Notices)
    lead: Notices = field(default_factory=Notices)
    language: str = "en"
    """In which the team is told of its cases."""

    def name(self, language: str) -> str:
        """What people call it. A team without a title, or that the file does not know, has the words of its key."""
        words = self.key.replace("_", " ")
        return self.title.get(language) or self.title.get("en") or next(iter(self.title.values()), words.capitalize())


@dataclass(frozen=True)
class Route:
    """Cases that match go to `team`, with `priority` ("": as it was). Each field of `when` names what the case must
    have: a value, or one of several; `attributes` likewise."""

    team: str
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    priority: str = ""

    def matches(self, facts: CaseFacts) -> bool:
        return all(str(getattr(facts, name)) in allowed for name, allowed in self.when.items()) and all(
            str(facts.attributes.get(name)) in allowed for name, allowed in self.attributes.items()
        )


@dataclass(frozen=True)
class FollowUp:
    """After a case is resolved the customer is asked whether it is: `survey` after `after` minutes. A case that nobody
    complains about is closed `close_after` minutes after it was resolved. An empty `survey`: nobody is asked."""

    survey: str = "post_recovery"
    after: int = 1440
    close_after: int = 7 * 1440


@dataclass(frozen=True)
class Desk:
    """Implements `bot.conversation.ports.Desk`. The first of `routes` that matches counts, before the survey's own
    team; nothing matches and the survey names none: `default_team`."""

    teams: Mapping[str, Team]
    default_team: str
    routes: tuple[Route, ...] = ()
    root_causes: tuple[str, ...] = ROOT_CAUSES
    follow_up: FollowUp = field(default_factory=FollowUp)
    idle_minutes: int = 60
    """A take-over in which the agent has been silent for so long, while the customer waits, is escalated."""
    hand_back_minutes: int = 1440
    """A take-over in which the customer has been silent for so long ends: the bot has the conversation again."""

    def team(self, key: str) -> Team:
        """The team of that name. A survey may name one that the file does not know: it works around the clock."""
        return self.teams.get(key) or Team(key)

    def zone(self, team: str) -> str:
        return str(self.team(team).work.hours.zone)

    def assign(self, facts: CaseFacts, now: str) -> Assignment:
        route = next((route for route in self.routes if route.matches(facts)), None)
        team = self.team(route.team if route else facts.team or self.default_team)
        priority = (route.priority if route else "") or facts.priority or REASON_PRIORITY.get(facts.reason, "normal")
        return self._assignment(team, priority, facts.respond_within or team.first_response[priority], now)

    def _assignment(self, team: Team, priority: str, within: int, now: str) -> Assignment:
        moment = datetime.fromisoformat(now)
        first = team.work.promise(moment, within)
        resolve = max(first, team.work.promise(moment, team.resolution[priority]))
        clocks = {
            OPENED: moment,
            FIRST_RESPONSE_RISK: _risk(team, moment, first),
            FIRST_RESPONSE_MISSED: first,
            RESOLUTION_RISK: _risk(team, moment, resolve),
            RESOLUTION_MISSED: resolve,
            UNASSIGNED: team.work.after(moment, team.unassigned_after),
        }
        times = {kind: _text(at) for kind, at in clocks.items()}
        return Assignment(team.key, priority, _text(first), _text(resolve), times, str(team.work.hours.zone))

    def reassign(self, team_key: str, priority: str, now: str) -> Assignment:
        """The same for a case that goes to another team: its clocks begin anew there."""
        team = self.team(team_key)
        return self._assignment(team, priority, team.first_response[priority], now)

    def unassigned_at(self, team_key: str, now: str) -> str:
        """When a case of this team that nobody takes is passed on, or told of again."""
        team = self.team(team_key)
        return _text(team.work.after(datetime.fromisoformat(now), team.unassigned_after))

    def open_at(self, team_key: str, now: str) -> bool:
        """Whether somebody of the team is there."""
        return self.team(team_key).work.open_at(datetime.fromisoformat(now))


def _risk(team: Team, begin: datetime, due: datetime) -> datetime:
    """When so much of the working time until `due` is over that it may be missed."""
    minutes = team.work.minutes_between(begin, due)
    return team.work.after(begin, minutes * AT_RISK) if minutes else due


def around_the_clock(default_team: str = "care") -> Desk:
    """The desk of an installation without recovery.yml."""
    return Desk({default_team: Team(default_team)}, default_team)


def later(at: str, minutes: float) -> str:
    """`at` (ISO 8601) plus so many minutes of the calendar."""
    return _text(datetime.fromisoformat(at) + timedelta(minutes=minutes))


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
