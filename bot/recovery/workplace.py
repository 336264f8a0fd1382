"""Agents work where their team is told: what they do in a case's thread is what they would do in the console.

It is committed before the provider is acknowledged, and then done in order, through the same use cases. Who is no agent
here is told so, only they see it, and nothing changes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.conversation.failure import trace
from bot.conversation.ports import Clock
from bot.errors import ConductorError
from bot.recovery.case_thread import Room, Thread
from bot.recovery.casework import Casework
from bot.recovery.desk import Desk, Team
from bot.recovery.refusals import Refusal
from bot.recovery.takeover import Takeover
from bot.recovery.telling import CaseFile, say
from bot.telemetry.turns import CONVERSATION, about
from channels.contract import Inbound, SendError
from channels.workplace import CaseForm

log = logging.getLogger(__name__)

LEASE_SECONDS = 60.0
BACK_OFF_SECONDS = (1, 5, 30)
"""Before what failed is tried again; then the agent is told."""

KNOWN_SECONDS = 300.0
"""So long an e-mail address that the provider told is believed."""

NOTE_MARKS = ("!", "note:", "notiz:")


@dataclass(frozen=True)
class Deed:
    """A committed deed. `attempts`: how often it was begun before: it may be done already."""

    id: int
    what: Inbound
    attempts: int


class DeedStore(Protocol):
    """Where deeds are kept (`bot/storage/deeds.py`)."""

    async def take(self, deed: Inbound, place: str, now: str) -> bool: ...
    async def due(self, now: str, limit: int) -> Sequence[Deed]:
        """The first of each place."""

    async def doing(self, deed: Deed, until: str) -> bool: ...
    async def done(self, deed: Deed, now: str, error: str = "") -> None: ...
    async def again(self, deed: Deed, at: str) -> None: ...
    async def sent_before(self, conversation: int, origin: str) -> bool: ...
    async def noted_before(self, case: int, origin: str) -> bool: ...


class Cases(Protocol):
    async def file(self, case: int) -> CaseFile: ...


class Threads(Protocol):
    async def at(self, channel: str, thread: str) -> Thread | None: ...


@dataclass(frozen=True)
class Colleague:
    """An agent, as the thread has to know them."""

    name: str
    role: str
    may_work: bool


class Agents(Protocol):
    async def by_slack(self, who: str) -> Colleague | None: ...
    async def by_email(self, address: str) -> Colleague | None: ...


class Refused(Exception):
    """Not done; the text says why, to who did it."""


class AgentsAtWork:
    """Implements `channels.workplace.Workplace`. `woken` is called when there is something to do."""

    def __init__(
        self,
        deeds: DeedStore,
        threads: Threads,
        cases: Cases,
        agents: Agents,
        casework: Casework,
        takeover: Takeover,
        room: Room,
        clock: Clock,
        woken: Callable[[], None],
    ) -> None:
        self._deeds, self._threads, self._cases, self._agents = deeds, threads, cases, agents
        self._casework, self._takeover, self._room = casework, takeover, room
        self._clock, self._woken = clock, woken
        self._emails: dict[str, tuple[str | None, str]] = {}

    # What the channel uses

    async def case_at(self, channel: str, thread: str) -> int | None:
        found = await self._threads.at(channel, thread)
        return found.case if found is not None else None

    async def take(self, deed: Inbound) -> bool:
        fresh = await self._deeds.take(deed, f"{deed.extra['channel']}:{deed.extra['thread']}", self._clock.now())
        self._woken()
        return fresh

    async def objection(self, deed: Inbound) -> str:
        language = "en"
        try:
            case, team = await self._case(deed)
            language = team.language
            agent = await self._agent(deed.address, language)
            await self._casework.must_be_theirs_to_change(case.id, agent.name)
            if deed.extra["does"] == "resolve" and not deed.text.strip():
                raise Refusal("action")
        except (Refused, Refusal) as refused:
            return _said(refused, language)
        return ""

    async def form(self, who: str, case: int, does: str) -> CaseForm | str:
        found, team = await self._file(case)
        try:
            agent = await self._agent(who, team.language)
            await self._casework.must_see(case, agent.name)
        except (Refused, Refusal) as refused:
            return _said(refused, team.language)
        return form_for(found, does, team.language, self._casework.desk)

    # Doing

    async def look(self) -> int:
        """Do what is due, each place's in its order. Returns how much that was."""
        count = 0
        while found := await self._deeds.due(self._clock.now(), 50):
            begun = [await self._one(deed) for deed in found]
            count += sum(begun)
            if not any(begun):
                break
        return count

    async def _one(self, deed: Deed) -> bool:
        if not await self._deeds.doing(deed, self._in(LEASE_SECONDS)):
            return False
        with about(None):  # until it is known whose
            return await self._done_or_told(deed)

    async def _done_or_told(self, deed: Deed) -> bool:
        try:
            await self._do(deed)
        except (Refused, ConductorError) as refusal:
            await self._deeds.done(deed, self._clock.now(), type(refusal).__name__)
            await self._whisper(deed, _said(refusal, await self._language(deed.what)))
        except Exception as error:
            await self._failed(deed, error)
        else:
            await self._deeds.done(deed, self._clock.now())
        return True

    async def _failed(self, deed: Deed, error: Exception) -> None:
        log.error("What an agent did (%s) failed.\n%s", deed.what.extra.get("does"), trace(error))
        if deed.attempts < len(BACK_OFF_SECONDS):
            await self._deeds.again(deed, self._in(BACK_OFF_SECONDS[deed.attempts]))
            return
        await self._deeds.done(deed, self._clock.now(), type(error).__name__)
        await self._whisper(deed, say(await self._language(deed.what), "broken"))

    async def _do(self, deed: Deed) -> None:
        what = deed.what
        case, team = await self._case(what)
        CONVERSATION.set(case.conversation)
        agent = await self._agent(what.address, team.language)
        await self._casework.must_see(case.id, agent.name)
        does = what.extra["does"]
        if does in ("edited", "deleted"):
            raise Refused(say(team.language, "kept"))
        if does == "said":
            await self._say(deed, case, team, agent)
        elif does == "claim":
            await self._casework.claim(case.id, agent.name)
        elif does == "hand_back":
            await self._hand_back(deed, case, agent)
        elif does == "transfer":
            if not (deed.attempts and case.team == what.extra["chosen"] and case.agent is None):
                await self._casework.transfer(case.id, agent.name, str(what.extra["chosen"]), note=what.text)
        elif does == "resolve" and not (deed.attempts and case.status == "resolved"):
            resume = bool(what.extra.get("resume"))
            await self._casework.resolve(case.id, agent.name, str(what.extra["chosen"]), what.text, resume=resume)

    async def _hand_back(self, deed: Deed, case: CaseFile, agent: Colleague) -> None:
        if case.conversation is None or (deed.attempts and case.owner != "human"):
            return
        await self._takeover.hand_back(case.conversation, agent.name, bool(deed.what.extra.get("resume", True)))

    async def _say(self, deed: Deed, case: CaseFile, team: Team, agent: Colleague) -> None:
        """Lines with the marker are a private note, all others go to the customer."""
        what = deed.what
        notes, reply = split(what.text)
        origin = f"{what.extra['channel']}:{what.extra['thread']}:{what.extra.get('ts') or what.message_id}"
        if notes and not (deed.attempts and await self._deeds.noted_before(case.id, origin)):
            await self._casework.note(case.id, agent.name, notes, origin=origin)
        if reply:
            await self._reply(deed, case, team, agent, reply, origin)
        if what.extra.get("files"):
            raise Refused(say(team.language, "no_files"))

    async def _reply(self, deed: Deed, case: CaseFile, team: Team, agent: Colleague, text: str, origin: str) -> None:
        if case.conversation is None:
            raise Refused(say(team.language, "nobody_there"))
        if deed.attempts and await self._deeds.sent_before(case.conversation, origin):
            return
        try:
            await self._takeover.reply(case.conversation, agent.name, text, origin=origin)
        except ConductorError as error:
            why = _said(error, team.language)
            raise Refused(say(team.language, "not_yours", why=why)) from error

    # Who and what

    async def _case(self, deed: Inbound) -> tuple[CaseFile, Team]:
        """By the thread in which it was done, whatever a button says: a case's buttons stand in its threads only."""
        at = await self.case_at(str(deed.extra["channel"]), str(deed.extra["thread"]))
        if at is None or (deed.extra["case"] and deed.extra["case"] != at):
            raise Refused(say("en", "too_late"))
        return await self._file(at)

    async def _language(self, deed: Inbound) -> str:
        """The team's, in which its members are told."""
        try:
            return (await self._case(deed))[1].language
        except (Refused, ConductorError):
            return "en"

    async def _file(self, case: int) -> tuple[CaseFile, Team]:
        found = await self._cases.file(case)
        return found, self._casework.desk.team(found.team)

    async def _agent(self, who: str, language: str) -> Colleague:
        agent = await self._agents.by_slack(who) or await self._by_email(who)
        if agent is None:
            raise Refused(say(language, "not_known", who=who))
        if not agent.may_work:
            raise Refused(say(language, "may_not", role=agent.role))
        return agent

    async def _by_email(self, who: str) -> Colleague | None:
        known = self._emails.get(who)
        if known is None or known[1] < self._clock.now():
            known = await self._room.email(who), self._in(KNOWN_SECONDS)
            self._emails[who] = known
        return await self._agents.by_email(known[0]) if known[0] else None

    async def _whisper(self, deed: Deed, text: str) -> None:
        """Only who did it sees it. Where that fails, nothing is lost: the thread shows what is."""
        extra = deed.what.extra
        try:
            await self._room.whisper(str(extra["channel"]), str(extra["thread"]), deed.what.address, text)
        except (SendError, TimeoutError) as error:
            log.warning("An agent could not be told that something was not done: %s", error)

    def _in(self, seconds: float) -> str:
        at = datetime.fromisoformat(self._clock.now()) + timedelta(seconds=seconds)
        return at.isoformat(timespec="microseconds")


def _said(refused: Exception, language: str) -> str:
    return refused.say(language) if isinstance(refused, Refusal) else str(refused)


def form_for(case: CaseFile, does: str, language: str, desk: Desk) -> CaseForm:
    """What is asked before a case is resolved, passed on, or its chat handed back. Pure."""
    waits = ("then", "resume") if case.open_survey else ()
    words = {name: say(language, name) for name in (*waits, "send", "cancel")}
    words |= {"title": say(language, f"form_{does}"), "choose": say(language, f"choose_{does}")}
    if does == "hand_back":
        then = tuple((key, say(language, key)) for key in ("resume", "leave"))
        if not case.open_survey:
            then = (("leave", say(language, "nothing_waits")),)
        return CaseForm("hand_back", case.id, then, words, must_write=False, may_write=False, first=True)
    words["write"] = say(language, f"write_{does}")
    if does == "resolve":
        causes = tuple((cause, cause.replace("_", " ")) for cause in desk.root_causes)
        return CaseForm("resolve", case.id, causes, words, must_write=True)
    teams = tuple((key, each.name(language)) for key, each in desk.teams.items())
    return CaseForm("transfer", case.id, teams, words, must_write=False)


def split(text: str) -> tuple[str, str]:
    """The private lines, without their marker, and the others."""
    notes, reply = [], []
    for line in text.splitlines():
        mark = next((m for m in NOTE_MARKS if line.lstrip().lower().startswith(m)), "")
        if mark:
            notes.append(line.lstrip()[len(mark) :].strip())
        else:
            reply.append(line)
    return "\n".join(notes).strip(), "\n".join(reply).strip()
