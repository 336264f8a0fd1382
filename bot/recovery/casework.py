"""What agents do with a case: take it, pass it on, write a note, put it off, resolve it, open it again.

The chat itself is `takeover.py`'s: claiming a case takes its conversation over, resolving it hands it back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Protocol

from bot.conversation.ports import Assignment, Clock, LiveEvents
from bot.recovery import clocks
from bot.recovery.borders import Standing
from bot.recovery.case_states import OPEN, must_become
from bot.recovery.clocks import CaseNow
from bot.recovery.desk import Desk, Notices, later
from bot.recovery.refusals import Refusal
from bot.recovery.takeover import Takeover, agent_name, with_idle

NOTE_LIMIT = 4000
"""Characters of a note, of the action taken."""


@dataclass(frozen=True)
class Transfer:
    """A case goes to another team, or to one of its agents (`to_agent`, else ""), with a note for them."""

    given: Assignment
    to_agent: str
    note: str
    notify: Notices


class CaseStore(Protocol):
    """Where cases are kept (`bot/storage/casework.py`). Each method is one transaction with its audit event."""

    async def case(self, case: int) -> CaseNow | None: ...
    async def standing(self, agent: str) -> Standing:
        """Where the agent of that name stands: their teams, whether they lead."""

    async def assign(self, case: int, agent: str, now: str) -> bool:
        """Give the case to `agent` unless another has it. Returns whether it worked."""

    async def transfer(self, case: int, agent: str, transfer: Transfer, held_by: str | None, now: str) -> bool:
        """False: it is not in the hands of `held_by` any more, or not open."""

    async def note(self, case: int, agent: str, text: str, now: str, origin: str = "") -> None: ...
    async def snooze(self, case: int, agent: str, until: str, now: str) -> None: ...
    async def resolve(
        self, case: int, agent: str, root_cause: str, action: str, follow: dict[str, str], now: str
    ) -> bool:
        """`follow`: the clocks that start now. False: somebody was faster."""

    async def others_held(self, case: CaseNow) -> bool:
        """Whether an agent has another open case of the conversation."""

    async def reopen(self, case: int, agent: str, given: Assignment, now: str) -> bool: ...


class Casework:
    """Raises Refusal, in words for the agent, for whatever is not possible now. Who may do what with whose case is
    asked here, and nowhere else, for the console and for Slack alike (`borders.py`)."""

    def __init__(self, store: CaseStore, takeover: Takeover, desk: Desk, clock: Clock, events: LiveEvents) -> None:
        self._store = store
        self._takeover = takeover
        self._desk = desk
        self._clock = clock
        self._events = events

    @property
    def desk(self) -> Desk:
        return self._desk

    async def claim(self, case: int, agent: str) -> None:
        """Take a case, and its conversation with it. Of two agents one wins, and the other is told who."""
        found = await self._open(case, agent)
        if found.conversation is not None:
            await self._takeover.claim(found.conversation, agent, case)
        elif not await self._store.assign(case, agent_name(agent), self._clock.now()):
            found = await self._open(case, agent)
            raise Refusal("has_case", who=found.agent)
        self._changed(found)

    async def transfer(self, case: int, agent: str, team: str, to_agent: str = "", note: str = "") -> None:
        """To another team, or to one agent of it. The clocks begin anew there; the conversation stays a person's.
        Nobody gets a case by it that they did not claim: what a colleague has only they, or who leads, pass on."""
        found = await self._in_reach(case, agent)
        if team not in self._desk.teams:
            raise Refusal("no_team", team=team, known=", ".join(self._desk.teams))
        to_agent = to_agent.strip()
        if to_agent == agent_name(agent):
            raise Refusal("to_yourself")
        if to_agent and not (await self._store.standing(to_agent)).works_in(team):
            raise Refusal("not_in_team", who=to_agent)
        given = self._desk.reassign(team, found.priority, self._clock.now())
        if to_agent:
            given = with_idle(given, self._clock.now(), self._desk.idle_minutes)
        transfer = Transfer(given, to_agent, _text(note), self._desk.team(team).notify)
        if not await self._store.transfer(case, agent_name(agent), transfer, found.agent, self._clock.now()):
            raise Refusal("changed_before")
        self._changed(found)

    async def note(self, case: int, agent: str, text: str, *, origin: str = "") -> None:
        """A private note: the customer never sees it. `origin`: as in `Takeover.reply`."""
        if not text.strip():
            raise Refusal("empty_note")
        found = await self._found(case, agent)
        await self._store.note(case, agent_name(agent), _text(text), self._clock.now(), origin)
        self._changed(found)

    async def snooze(self, case: int, agent: str, until: str) -> None:
        """Out of the list until then (ISO 8601 with offset). The clocks of what was promised go on."""
        found = await self._in_reach(case, agent)
        moment = _moment(until).astimezone(timezone.utc)
        if moment <= datetime.fromisoformat(self._clock.now()):
            raise Refusal("over")
        until = moment.isoformat(timespec="microseconds")  # as all times are kept: they are compared as texts
        await self._store.snooze(case, agent_name(agent), until, self._clock.now())
        self._changed(found)

    async def resolve(self, case: int, agent: str, root_cause: str, action: str, *, resume: bool = True) -> None:
        """It is put right: why it went wrong and what was done are kept. The bot has the conversation again, and with
        `resume` goes on with the paused question; after a while it asks how it is."""
        found = await self._in_reach(case, agent)
        must_become(found.status, "resolved")
        if root_cause not in self._desk.root_causes:
            raise Refusal("cause", known=", ".join(self._desk.root_causes))
        if not action.strip():
            raise Refusal("action")
        await self._hand_back(found, agent, resume)
        now, follow = self._clock.now(), self._desk.follow_up
        starting = {clocks.CLOSE: later(now, follow.close_after)}
        if follow.survey:
            starting[clocks.FOLLOW_UP] = later(now, follow.after)
        if not await self._store.resolve(case, agent_name(agent), root_cause, _text(action), starting, now):
            raise Refusal("resolved_before")
        self._changed(found)

    async def reopen(self, case: int, agent: str) -> None:
        """A resolved case is not resolved after all."""
        found = await self._found(case, agent)
        must_become(found.status, "reopened")
        given = self._desk.reassign(found.team, found.priority, self._clock.now())
        if not await self._store.reopen(case, agent_name(agent), given, self._clock.now()):
            raise Refusal("changed_before")
        self._changed(found)

    async def _hand_back(self, case: CaseNow, agent: str, resume: bool) -> None:
        """First: a crash between the two leaves a case that is still open, not a chat that nobody looks at."""
        if case.conversation is None:
            return
        held = await self._takeover.held(case.conversation)
        if held.owner != "human":
            return
        await self._takeover.claim(case.conversation, agent, case.id)
        if not await self._store.others_held(case):  # else the chat goes on, about the other one
            await self._takeover.hand_back(case.conversation, agent, resume)

    async def must_see(self, case: int, agent: str) -> None:
        """Raises Refusal for a case that there is none, or that is another team's."""
        await self._found(case, agent)

    async def must_be_theirs_to_change(self, case: int, agent: str) -> None:
        """Raises Refusal unless the case is open, and the agent may pass it on, put it off or resolve it."""
        await self._in_reach(case, agent)

    async def _found(self, case: int, agent: str) -> CaseNow:
        found = await self._store.case(case)
        if found is None or not (await self._store.standing(agent_name(agent))).sees(found.team, found.agent):
            raise Refusal("other_team", case=case)
        return found

    async def _open(self, case: int, agent: str) -> CaseNow:
        found = await self._found(case, agent)
        if found.status not in OPEN:
            raise Refusal("not_open", state=found.status)
        return found

    async def _in_reach(self, case: int, agent: str) -> CaseNow:
        found = await self._open(case, agent)
        if not (await self._store.standing(agent_name(agent))).may_change(found.agent):
            raise Refusal("not_yours", who=found.agent)
        return found

    def _changed(self, case: CaseNow) -> None:
        self._events.publish(case.conversation or 0, "case", {"case": case.id})


def _text(text: str) -> str:
    if len(text) > NOTE_LIMIT:
        raise Refusal("too_long", length=len(text), most=NOTE_LIMIT)
    return text.strip()


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refusal("no_time", text=text) from error
    if moment.tzinfo is None:
        raise Refusal("no_time", text=text)
    return moment
