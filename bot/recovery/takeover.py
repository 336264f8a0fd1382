"""A person takes over a conversation, answers in it, and hands it back.

While a person owns the conversation the bot is silent. Claiming is atomic: two agents may try, one wins and the
other is
told who. Handing back resumes the survey at the question where it stood.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Protocol

from bot.conversation.consent import silenced
from bot.conversation.phrases import phrase
from bot.conversation.ports import Assignment, CaseFacts, Clock, LiveEvents
from bot.conversation.window import window_closed
from bot.recovery import clocks
from bot.recovery.clocks import CaseNow
from bot.recovery.desk import Desk, later
from bot.recovery.refusals import Refusal
from channels.contract import Outbound

REPLY_LIMIT = 4000
"""Characters of a reply; channels that take less get it in parts (`channels/splitting.py`)."""


@dataclass(frozen=True)
class Held:
    """Who has a conversation. `agent` is None while no person has claimed it; `open_survey`: a question is waiting.
    `heard_at`: when the customer last wrote (ISO 8601), `opted_out_at`: when they said STOP."""

    owner: str
    agent: str | None
    language: str
    open_survey: bool
    provider: str = "web"
    channel: str = "web"
    heard_at: str | None = None
    opted_out_at: str | None = None


@dataclass(frozen=True)
class Times:
    """`leave_at`: when a letter leaves at the earliest. `idle_at`: when the bot gets the conversation back if the
    customer says nothing."""

    leave_at: str
    idle_at: str


class TakeoverStore(Protocol):
    """What takeover asks of the storage (`bot/storage/takeover.py`). Each method is one transaction."""

    async def held(self, conversation: int) -> Held | None: ...
    async def claim(self, conversation: int, agent: str, given: Assignment, now: str, case: int | None = None) -> bool:
        """Make `agent` the owner unless another agent is. Theirs is then `case`, too, with the chat's other open cases
        of their teams that nobody has (without `case`: all of their teams). When there is none, one is opened as
        `given` says: so nobody is forgotten. The clock of an idle agent runs for each. Returns whether it worked."""

    async def send(self, conversation: int, message: Outbound, times: Times, now: str) -> int | None:
        """Returns the letter's id; None: its sender does not own the conversation (any more)."""

    async def withdraw(self, conversation: int, agent: str, letter: int, idle_at: str, now: str) -> str | None:
        """Take back a letter of `agent` that has not left yet; it is the agent's turn again, until `idle_at`. Returns
        its text; None: it has left, or is not theirs."""

    async def hand_back(
        self, conversation: int, agent: str, notice: Outbound | None, resume: bool, now: str, idle: int | None = None
    ) -> bool:
        """Give the conversation back to the survey or the bot, say so, and (resume) ask the paused question again.
        False, and nothing is changed: `agent` does not have it, or the customer of case `idle` has written by now."""


class Takeover:
    """`exclusive` keeps the bot's turns out while the owner changes; `wake` tells the worker and the delivery."""

    def __init__(
        self,
        store: TakeoverStore,
        desk: Desk,
        clock: Clock,
        events: LiveEvents,
        exclusive: Callable[[int], AbstractAsyncContextManager[None]],
        wake: Callable[[int], None],
    ) -> None:
        self._store = store
        self._desk = desk
        self._clock = clock
        self._events = events
        self._exclusive = exclusive
        self._wake = wake

    async def claim(self, conversation: int, agent: str, case: int | None = None) -> None:
        """`case`: the one for which it is done. Raises Refusal when another agent has it, with the name of that
        agent."""
        agent = agent_name(agent)
        async with self._exclusive(conversation):
            await self._must_exist(conversation)
            given = self._desk.assign(CaseFacts("taken_over"), self._clock.now())
            given = with_idle(given, self._clock.now(), self._desk.idle_minutes)
            claimed = await self._store.claim(conversation, agent, given, self._clock.now(), case)
            held = await self._must_exist(conversation)
        if not claimed:
            raise Refusal("held", who=held.agent)
        self._changed(conversation)

    async def reply(self, conversation: int, agent: str, text: str, hold: float = 0, *, origin: str = "") -> int:
        """Answer the customer. The letter waits for `hold` seconds in the outbox, where it can be withdrawn; also when
        the process ends meanwhile it leaves, once. `origin`: where else it was written, so that it is not shown there a
        second time. Returns the letter's id.

        Raises Refusal unless `agent` owns the conversation, when there is nothing to send, and when the
        channel's rules forbid it by now."""
        if not text.strip():
            raise Refusal("empty_reply")
        if len(text) > REPLY_LIMIT:
            raise Refusal("too_long", length=len(text), most=REPLY_LIMIT)
        async with self._exclusive(conversation):
            held = await self._must_own(conversation, agent)
            now = self._clock.now()
            times = Times(later(now, hold / 60), later(now, self._desk.hand_back_minutes))
            _must_reach(held, times.leave_at)
            data = {"origin": origin} if origin else {}
            message = Outbound(text=text.strip(), role="agent", sender=agent_name(agent), data=data)
            letter = await self._store.send(conversation, message, times, now)
            if letter is None:
                raise _not_theirs(await self._must_exist(conversation))
        self._changed(conversation)
        return letter

    async def withdraw(self, conversation: int, agent: str, letter: int) -> str:
        """Take back a reply that is still held. Returns its text. Raises Refusal when it has left already."""
        async with self._exclusive(conversation):
            await self._must_own(conversation, agent)
            now = self._clock.now()
            idle_at = later(now, self._desk.idle_minutes)
            text = await self._store.withdraw(conversation, agent_name(agent), letter, idle_at, now)
        if text is None:
            raise Refusal("sent")
        self._changed(conversation)
        return text

    async def hand_back(self, conversation: int, agent: str, resume: bool = True) -> None:
        """The bot says that it is the bot again and, with `resume`, asks the paused question. Raises like `reply`."""
        async with self._exclusive(conversation):
            held = await self._must_own(conversation, agent)
            now = self._clock.now()
            if not await self._store.hand_back(conversation, agent_name(agent), _notice(held), resume, now):
                raise _not_theirs(await self._must_exist(conversation))
        self._changed(conversation)

    async def hand_back_idle(self, case: CaseNow) -> bool:
        """The customer has been silent for a day: the bot has the conversation again. Who has it, and whether the
        customer has written meanwhile, is looked at in the same transaction. Returns whether it was handed back."""
        if case.conversation is None or case.agent is None:
            return False
        async with self._exclusive(case.conversation):
            held = await self._must_exist(case.conversation)
            now = self._clock.now()
            done = await self._store.hand_back(case.conversation, case.agent, _notice(held), True, now, case.id)
        if done:
            self._changed(case.conversation)
        return done

    async def held(self, conversation: int) -> Held:
        """Who has the conversation. Raises Refusal when there is none."""
        return await self._must_exist(conversation)

    async def _must_exist(self, conversation: int) -> Held:
        held = await self._store.held(conversation)
        if held is None:
            raise Refusal("no_conversation", conversation=conversation)
        return held

    async def _must_own(self, conversation: int, agent: str) -> Held:
        held = await self._must_exist(conversation)
        if held.owner != "human" or held.agent != agent_name(agent):
            raise _not_theirs(held)
        return held

    def _changed(self, conversation: int) -> None:
        self._events.publish(conversation, "owner", {})
        self._wake(conversation)


def _not_theirs(held: Held) -> Refusal:
    if held.owner != "human":
        return Refusal("belongs_to_bot")
    return Refusal("belongs_to", who=held.agent) if held.agent else Refusal("belongs_to_nobody")


def _notice(held: Held) -> Outbound | None:
    """None where the customer wants to hear nothing."""
    if silenced(held.opted_out_at, held.heard_at):
        return None
    return Outbound(text=phrase("back_with_bot", held.language), role="notice")


def _must_reach(held: Held, at: str) -> None:
    if silenced(held.opted_out_at, held.heard_at):
        raise Refusal("said_stop")
    if window_closed(held.provider, held.channel, held.heard_at, at):
        raise Refusal("window")


def agent_name(agent: str) -> str:
    """The name under which an agent owns conversations and cases. Raises Refusal."""
    name = agent.strip()
    if not name or len(name) > 120:
        raise Refusal("agent_name")
    return name


def with_idle(given: Assignment, now: str, minutes: int) -> Assignment:
    """`given`, with the clock that strikes when the agent who takes it says nothing: a person has the chat, so the bot
    is silent, and nobody else would notice."""
    return replace(given, clocks={**given.clocks, clocks.AGENT_IDLE: later(now, minutes)})
