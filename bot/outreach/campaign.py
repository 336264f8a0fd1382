"""A campaign: a file of contacts that are asked to take a survey. `conductor invite` stores it in parts; each part is
planned in one transaction, by whoever comes first.

So a process that dies in the middle of a part leaves it as it was, and another one plans it; nobody is invited twice,
and nobody is left out. Workers plan where there are some, else the command itself; what a killed command left, a
server goes on with.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from typing import Protocol

from bot.errors import ConductorError
from bot.outreach.invite import judge_of
from bot.outreach.invitee import Invitee
from bot.outreach.ports import Catalogue, Clock, Invited, Judge, Policy

log = logging.getLogger(__name__)

LEFT_SECONDS = 30.0
"""A campaign of which no part was planned for longer was left by whoever planned it."""
AT_A_LOOK = 5
"""Parts that a server plans before it looks after other things again: about half a second."""

Line = tuple[int, Invitee]
"""A contact, and the line of the file that it stands in."""


@dataclass
class Outcome:
    """What became of some rows. `skipped`: reason → lines."""

    invited: int = 0
    waiting: int = 0
    skipped: dict[str, list[int]] = field(default_factory=dict)
    bad: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, rows: Iterable[tuple[int, Invited]]) -> Outcome:
        """Of rows that were planned, each with its line."""
        found = cls()
        for line, one in rows:
            if one.reason:
                found.skipped.setdefault(one.reason, []).append(line)
            else:
                found.invited += 1
                found.waiting += one.waits
        return found

    def add(self, other: Outcome) -> None:
        self.invited += other.invited
        self.waiting += other.waiting
        self.bad.extend(other.bad)
        for reason, lines in other.skipped.items():
            self.skipped.setdefault(reason, []).extend(lines)

    def dumps(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def loads(cls, text: str | None) -> Outcome:
        return cls(**json.loads(text or "{}"))


@dataclass(frozen=True)
class Campaign:
    """`status`: reading (the file), stored (parts wait to be planned), done, stopped (for `reason`). `templates`: see
    `invite.invite_all`. `parts` and `left`: how many there are, and wait. `found`: what was wrong with rows."""

    id: int
    survey_key: str
    channel: str
    file: str
    status: str
    created_at: str
    touched_at: str = ""
    begun_by: str = ""
    """Who called the command: a name of the operating system, or what was given for it. "": not known."""
    templates: Collection[str] | None = None
    rows: int = 0
    parts: int = 0
    left: int = 0
    reason: str = ""
    finished_at: str = ""
    """When it was planned to its end, or stopped."""
    found: Outcome = field(default_factory=Outcome)


class Campaigns(Protocol):
    """Where they are kept (`bot/storage/campaigns.py`)."""

    async def next(self, campaign: int | None = None) -> Campaign | None:
        """The first one that has parts to be planned; `campaign`: only that one."""

    async def plan(self, campaign: Campaign, judge: Judge, now: str) -> Outcome | None:
        """Invite the contacts of one part, in one transaction. None: none is left that nobody else plans."""

    async def stop(self, campaign: Campaign, reason: str, now: str) -> bool:
        """Nobody else is invited; the contacts of parts that waited are forgotten. False: it does not wait to be
        planned (any more)."""


class Planning:
    """Plans what is stored."""

    def __init__(self, campaigns: Campaigns, catalogue: Catalogue, clock: Clock, policy: Policy) -> None:
        self.campaigns = campaigns
        self._catalogue, self._clock, self._policy = catalogue, clock, policy
        self._taken_up: int | None = None
        """The campaign that this process goes on with."""

    async def step(self, campaign: int | None = None) -> Outcome | None:
        """Plan one part (of one `campaign`). None: there is none that nobody else plans."""
        one = await self.campaigns.next(campaign)
        return None if one is None else await self._plan(one)

    async def _plan(self, one: Campaign) -> Outcome | None:
        now = self._clock.now()
        try:
            survey = await self._catalogue.live(one.survey_key)
        except ConductorError as error:  # it was taken back meanwhile
            log.error("Campaign %s is stopped: %s", one.id, error.message)
            await self.campaigns.stop(one, error.message, now)
            return None
        return await self.campaigns.plan(one, judge_of(survey, now, self._policy, one.templates), now)

    async def look(self, more: Callable[[], None] = lambda: None) -> int:
        """Plan some of what somebody left; `more()` is called when there may be more. Returns how many parts."""
        one, planned = await self.campaigns.next(), 0
        if one is None or (one.id != self._taken_up and not self._left(one)):
            return 0
        self._taken_up = one.id
        while planned < AT_A_LOOK and await self._plan(one) is not None:
            planned += 1
        if planned:
            more()
        return planned

    def _left(self, one: Campaign) -> bool:
        if not one.touched_at:
            return True
        age = datetime.fromisoformat(self._clock.now()) - datetime.fromisoformat(one.touched_at)
        return age > timedelta(seconds=LEFT_SECONDS)


FIELDS = [each.name for each in fields(Invitee)]


def dumps(lines: Sequence[Line]) -> str:
    """A part, to be stored: names of an invitee's fields, then each line with their values."""
    rows = [[line, *(getattr(invitee, name) for name in FIELDS)] for line, invitee in lines]
    return json.dumps([FIELDS, *rows], ensure_ascii=False)


def loads(text: str) -> list[Line]:
    """The part again; an earlier version may have written it, whose invitees had fewer fields."""
    names, *rows = json.loads(text)
    return [(line, Invitee(**dict(zip(names, values, strict=True)))) for line, *values in rows]
