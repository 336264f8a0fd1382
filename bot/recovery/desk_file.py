"""`recovery.yml` → `Desk`; every mistake is told with its place. docs/how-to/recover-detractors.md has the format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
import yaml
from pydantic import BaseModel, Extra, ValidationError, validator

from bot.errors import ConductorError
from bot.recovery.desk import FIRST_RESPONSE, PRIORITIES, RESOLUTION, ROOT_CAUSES, Desk, FollowUp, Notices, Route, Team
from bot.recovery.telling import languages
from bot.recovery.working_time import WorkingTime
from channels.hours import Hours, read_hours

Priority = Literal["urgent", "high", "normal", "low"]
_DURATION = re.compile(r"([0-9]{1,5})\s*([mhd])")
_MINUTES = {"m": 1, "h": 60, "d": 1440}
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_KEY = "^[a-z][a-z0-9_]{0,62}$"
_ROUTED_BY = ("survey", "touchpoint", "channel", "language", "metric", "band", "reason")


class Minutes(int):
    """A duration as people write it: 30m, 4h, 2d."""

    @classmethod
    def __get_validators__(cls) -> Any:
        yield cls.read

    @classmethod
    def read(cls, value: Any) -> int:
        match = _DURATION.fullmatch(str(value))
        if not match or int(match[1]) == 0:
            raise ValueError(f'"{value}" is no duration; write for example 30m, 4h or 2d')
        return int(match[1]) * _MINUTES[match[2]]


class _Part(BaseModel):
    class Config:
        extra = Extra.forbid


class _Notices(_Part):
    slack: list[str] = []
    email: list[str] = []
    webhook: list[str] = []

    @validator("email", each_item=True)
    def _address(cls, value: str) -> str:
        if not _ADDRESS.fullmatch(value):
            raise ValueError(f'"{value}" is no e-mail address')
        return value

    @validator("webhook", each_item=True)
    def _url(cls, value: str) -> str:
        if not value.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise ValueError(f'"{value}" does not begin with https://')
        return value

    def notices(self) -> Notices:
        return Notices(tuple(self.slack), tuple(self.email), tuple(self.webhook))


class _Team(_Part):
    title: dict[str, str] = {}
    timezone: str | None = None
    hours: str = ""
    holidays: str = ""
    first_response: dict[str, Minutes] = {}
    resolution: dict[str, Minutes] = {}
    unassigned_after: Minutes = Minutes(60)
    next_team: str | None = None
    notify: _Notices = _Notices()
    lead: _Notices = _Notices()
    language: str = "en"

    @validator("language")
    def _spoken(cls, language: str) -> str:
        if language not in languages():
            raise ValueError(f'teams are told in {", ".join(languages())}, not "{language}"')
        return language

    @validator("timezone")
    def _zone(cls, name: str | None) -> str | None:
        try:
            return name and str(ZoneInfo(name))
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f'"{name}" is no time zone; write for example Europe/Berlin') from error

    @validator("hours")
    def _hours(cls, text: str) -> str:
        read_hours(text, ZoneInfo("UTC"))
        return text

    @validator("first_response", "resolution")
    def _priorities(cls, within: dict[str, Minutes]) -> dict[str, Minutes]:
        for name in within:
            if name not in PRIORITIES:
                raise ValueError(f'"{name}" is no priority; there are {", ".join(PRIORITIES)}')
        return within

    @validator("holidays")
    def _known_holidays(cls, place: str) -> str:
        _holidays(place)
        return place

    def team(self, key: str, zone: str) -> Team:
        hours: Hours = read_hours(self.hours, ZoneInfo(self.timezone or zone))
        return Team(
            key,
            self.title,
            WorkingTime(hours, _holidays(self.holidays)),
            {**FIRST_RESPONSE, **self.first_response},
            {**RESOLUTION, **self.resolution},
            self.unassigned_after,
            self.next_team,
            self.notify.notices(),
            self.lead.notices(),
            self.language,
        )


def _holidays(place: str) -> Any:
    """Public holidays of "DE", or of "DE-BE" (a part of the country), by the library `holidays`."""
    if not place:
        return ()
    country, _, part = place.partition("-")
    try:
        return holidays.country_holidays(country, subdiv=part or None)
    except NotImplementedError as error:
        raise ValueError(f'"{place}" is not known; write a country such as DE, or with its part, DE-BE') from error


class _Route(_Part):
    when: dict[str, Any]
    team: str
    priority: Priority | None = None

    @validator("when")
    def _known(cls, when: dict[str, Any]) -> dict[str, Any]:
        if not when:
            raise ValueError("it is empty, so every case would go there; name the team as default_team instead")
        for name in when:
            if name not in _ROUTED_BY and not name.startswith("contact."):
                raise ValueError(f'"{name}" is not known; use {", ".join(_ROUTED_BY)} or contact.ATTRIBUTE')
        return when

    def route(self) -> Route:
        given = {name: _several(value) for name, value in self.when.items()}
        attributes = {name[8:]: value for name, value in given.items() if name.startswith("contact.")}
        plain = {name: value for name, value in given.items() if not name.startswith("contact.")}
        return Route(self.team, plain, attributes, self.priority or "")


def _several(value: Any) -> tuple[str, ...]:
    return tuple(str(v) for v in value) if isinstance(value, list) else (str(value),)


class _FollowUp(_Part):
    survey: str = "post_recovery"
    after: Minutes = Minutes(1440)
    close_after: Minutes = Minutes(7 * 1440)


class _File(_Part):
    teams: dict[str, _Team]
    default_team: str | None = None
    routing: list[_Route] = []
    root_causes: list[str] = list(ROOT_CAUSES)
    follow_up: _FollowUp = _FollowUp()
    idle_takeover: Minutes = Minutes(60)
    hand_back_after: Minutes = Minutes(1440)

    @validator("teams")
    def _keys(cls, teams: dict[str, _Team]) -> dict[str, _Team]:
        if not teams:
            raise ValueError("there is no team")
        for key, team in teams.items():
            if not re.match(_KEY, key):
                raise ValueError(f'a team is named like a_team, not "{key}"')
            if team.next_team is not None and (team.next_team not in teams or team.next_team == key):
                raise ValueError(f'next_team of "{key}" must name another team, not "{team.next_team}"')
        return teams

    @validator("routing", each_item=True)
    def _team_of_route(cls, route: _Route, values: Mapping[str, Any]) -> _Route:
        if "teams" in values and route.team not in values["teams"]:
            raise ValueError(f'there is no team "{route.team}"')
        return route


def read_desk(file: Path, default_team: str = "care", zone: str = "UTC") -> Desk:
    """The desk that `file` describes; without such a file one team, around the clock. `zone`: for teams that name none.
    Raises ConductorError that names every mistake."""
    if not file.exists():
        return Desk({default_team: Team(default_team, work=WorkingTime(Hours((), ZoneInfo(zone))))}, default_team)
    try:
        found = _File.parse_obj(yaml.safe_load(file.read_text(encoding="utf-8")) or {})
    except yaml.YAMLError as error:
        raise ConductorError(f"{file} is not YAML: {error}.", "docs/how-to/recover-detractors.md shows one.") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(str(at) for at in e['loc'])}: {e['msg']}" for e in error.errors())
        raise ConductorError(f"{file}: {wrong}.", "docs/how-to/recover-detractors.md shows one.") from error
    teams = {key: team.team(key, zone) for key, team in found.teams.items()}
    first = found.default_team or (default_team if default_team in teams else next(iter(teams)))
    if first not in teams:
        raise ConductorError(f'{file}: default_team: there is no team "{first}".', "Name one of `teams`.")
    follow = found.follow_up
    return Desk(
        teams,
        first,
        tuple(route.route() for route in found.routing),
        tuple(found.root_causes),
        FollowUp(follow.survey, follow.after, follow.close_after),
        found.idle_takeover,
        found.hand_back_after,
    )
