"""What happens when a clock of a case strikes: who is told, where the case goes, whether it is closed.

`decide` is pure; `Escalation` walks the clocks that are due. A clock strikes once: its row is marked in the same
transaction as what it does, so a clock that ran out while we were down fires once at the next start.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from bot.conversation.failure import tell
from bot.conversation.ports import Assignment, Clock
from bot.recovery import clocks
from bot.recovery.clocks import CaseNow, still_matters
from bot.recovery.desk import Desk, Notices, Team, later
from bot.telemetry.turns import about

log = logging.getLogger(__name__)

AT_ONCE = 100
"""Clocks that are looked at together; the next look goes on with the others."""

AGAIN_MINUTES = 1
"""After so long a clock that could not strike is tried again."""


@dataclass(frozen=True)
class Due:
    """A clock that is due, and its case."""

    id: int
    kind: str
    case: CaseNow


@dataclass(frozen=True)
class Struck:
    """What a clock does, in one transaction. `event`: what the audit says ("": the clock meant nothing any more).
    `again_at`: it strikes again then. `hand_back`: the bot has the conversation back (done before, by `Takeover`)."""

    event: str = ""
    notify: Notices = field(default_factory=Notices)
    assignment: Assignment | None = None
    unassign: bool = False
    clocks: Mapping[str, str] = field(default_factory=dict)
    status: str = ""
    wake: bool = False
    follow_up: str = ""
    again_at: str = ""
    hand_back: bool = False


class ClockStore(Protocol):
    """Where clocks are kept (`bot/storage/case_clocks.py`)."""

    async def due(self, now: str, limit: int) -> Sequence[Due]: ...

    async def strike(self, due: Due, struck: Struck, now: str) -> bool:
        """Mark the clock and do all that `struck` says, in one transaction. False: somebody else has struck it."""

    async def put_off(self, due: Due, at: str) -> None:
        """The clock has not struck; it is due again at `at`."""


def decide(kind: str, case: CaseNow, desk: Desk, now: str) -> Struck:
    """What a clock of `kind` does to `case` now."""
    if not still_matters(kind, case):
        return Struck()
    team = desk.team(case.team)
    if kind == clocks.OPENED:
        return Struck(clocks.OPENED, team.notify)
    if kind in (clocks.FIRST_RESPONSE_RISK, clocks.FIRST_RESPONSE_MISSED):
        return Struck(kind, _lead(team))
    if kind in (clocks.RESOLUTION_RISK, clocks.RESOLUTION_MISSED):
        return Struck(kind, _lead(team))
    if kind == clocks.UNASSIGNED:
        return _passed_on(case, desk, now)
    if kind == clocks.AGENT_IDLE:
        return _idle(team, now, desk)
    if kind == clocks.CUSTOMER_IDLE:
        return Struck(kind, hand_back=True)
    if kind == clocks.SNOOZED:
        return Struck("woken", wake=True)
    if kind == clocks.FOLLOW_UP:
        return Struck(kind, follow_up=desk.follow_up.survey)
    return Struck("closed", status="closed")


def _lead(team: Team) -> Notices:
    """Who is told when something may be missed: the lead, or the whole team where it has none."""
    return team.lead if team.lead != Notices() else team.notify


def _passed_on(case: CaseNow, desk: Desk, now: str) -> Struck:
    """Nobody took it: the next team gets it, with clocks of its own; without one the lead is told."""
    team = desk.team(case.team)
    if team.next_team is None:
        return Struck(clocks.UNASSIGNED, _lead(team), again_at=desk.unassigned_at(team.key, now))
    given = desk.reassign(team.next_team, case.priority, now)
    return Struck(clocks.UNASSIGNED, desk.team(team.next_team).notify, assignment=given)


def _idle(team: Team, now: str, desk: Desk) -> Struck:
    """The customer has waited too long for the agent who has the conversation: the team gets the case back, and the
    lead is told. Outside the team's hours nobody is idle: the clock begins again when somebody comes."""
    moment = datetime.fromisoformat(now)
    if not team.work.open_at(moment):
        opening = team.work.next_opening(moment)
        return Struck(again_at=later(opening.isoformat(), desk.idle_minutes))
    waits = {clocks.UNASSIGNED: desk.unassigned_at(team.key, now)}
    return Struck(clocks.AGENT_IDLE, _lead(team), unassign=True, clocks=waits)


class Escalation:
    """`hand_back` gives a case's conversation back to the bot if the customer is still silent, and says whether
    (`Takeover.hand_back_idle`); `changed` tells screens of a case's conversation that something is new, and the worker
    that something waits."""

    def __init__(
        self,
        store: ClockStore,
        desk: Desk,
        clock: Clock,
        hand_back: Callable[[CaseNow], Awaitable[bool]],
        changed: Callable[[CaseNow, str], None],
    ) -> None:
        self._store = store
        self._desk = desk
        self._clock = clock
        self._hand_back = hand_back
        self._changed = changed

    async def look(self) -> int:
        """Strike every clock that is due. Returns how many struck. One that fails keeps no other from striking."""
        struck = 0
        while found := await self._store.due(self._clock.now(), AT_ONCE):
            for due in found:
                struck += await self._tried(due)
            if len(found) < AT_ONCE:
                break
        return struck

    async def _tried(self, due: Due) -> bool:
        try:
            return await self._strike(due)
        except Exception as error:
            with about(due.case.conversation):
                tell(log, error, "The clock %s of case %s failed; it is tried again.", due.kind, due.case.id)
            await self._store.put_off(due, later(self._clock.now(), AGAIN_MINUTES))
            return False

    async def _strike(self, due: Due) -> bool:
        now = self._clock.now()
        decided = decide(due.kind, due.case, self._desk, now)
        # Before the clock is marked: after a crash between the two it is tried again, and finds it done.
        if decided.hand_back and not await self._hand_back(due.case):
            decided = replace(decided, event="", hand_back=False)
        if not await self._store.strike(due, decided, now):
            return False
        if decided.event:
            self._changed(due.case, decided.event)
        return True
