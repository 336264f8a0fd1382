"""A person takes over a conversation, answers in it, and hands it back.

While a person owns the conversation the bot is silent. Claiming is atomic: two agents may try, one wins and the
other is
told who. Handing back resumes the survey at the question where it stood.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from bot.conversation.phrases import phrase
from bot.conversation.ports import Assignment, CaseFacts, Clock, LiveEvents
from bot.errors import ConductorError
from bot.recovery.desk import Desk, later
from channels.contract import Outbound


@dataclass(frozen=True)
class Held:
    """Who has a conversation. `agent` is None while no person has claimed it; `open_survey`: a question is waiting."""

    owner: str
    agent: str | None
    language: str
    open_survey: bool


class TakeoverStore(Protocol):
    """What takeover asks of the storage (`bot/storage/takeover.py`). Each method is one transaction."""

    async def held(self, conversation: int) -> Held | None: ...
    async def claim(self, conversation: int, agent: str, given: Assignment, now: str) -> bool:
        """Make `agent` the owner unless another agent is; its open cases are theirs, too. When there is none, one is
        opened as `given` says: so nobody is forgotten. Returns whether it worked."""

    async def send(self, conversation: int, message: Outbound, idle_at: str, now: str) -> None:
        """`idle_at`: when the bot gets the conversation back if the customer says nothing."""

    async def hand_back(self, conversation: int, agent: str, notice: Outbound, resume: bool, now: str) -> None:
        """Give the conversation back to the survey or the bot, say so, and (resume) ask the paused question again."""


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

    async def claim(self, conversation: int, agent: str) -> None:
        """Raises ConductorError when another agent has it, with the name of that agent."""
        agent = agent_name(agent)
        async with self._exclusive(conversation):
            await self._must_exist(conversation)
            given = self._desk.assign(CaseFacts("taken_over"), self._clock.now())
            claimed = await self._store.claim(conversation, agent, given, self._clock.now())
            held = await self._must_exist(conversation)
        if not claimed:
            raise ConductorError(f"{held.agent} has this conversation already.", "Ask them to hand it back.")
        self._changed(conversation)

    async def reply(self, conversation: int, agent: str, text: str) -> None:
        """Raises ConductorError unless `agent` owns the conversation, or when there is nothing to send."""
        if not text.strip():
            raise ConductorError("There is nothing to send.", "Write a reply first.")
        async with self._exclusive(conversation):
            await self._must_own(conversation, agent)
            message = Outbound(text=text.strip(), role="agent", sender=agent_name(agent))
            now = self._clock.now()
            await self._store.send(conversation, message, later(now, self._desk.hand_back_minutes), now)
        self._changed(conversation)

    async def hand_back(self, conversation: int, agent: str, resume: bool = True) -> None:
        """The bot says that it is the bot again and, with `resume`, asks the paused question. Raises like `reply`."""
        async with self._exclusive(conversation):
            held = await self._must_own(conversation, agent)
            notice = Outbound(text=phrase("back_with_bot", held.language), role="notice")
            await self._store.hand_back(conversation, agent_name(agent), notice, resume, self._clock.now())
        self._changed(conversation)

    async def held(self, conversation: int) -> Held:
        """Who has the conversation. Raises ConductorError when there is none."""
        return await self._must_exist(conversation)

    async def _must_exist(self, conversation: int) -> Held:
        held = await self._store.held(conversation)
        if held is None:
            raise ConductorError(f"There is no conversation {conversation}.")
        return held

    async def _must_own(self, conversation: int, agent: str) -> Held:
        held = await self._must_exist(conversation)
        if held.owner != "human" or held.agent != agent_name(agent):
            who = held.agent or "nobody" if held.owner == "human" else "the bot"
            raise ConductorError(f"This conversation belongs to {who}.", "Take it over first.")
        return held

    def _changed(self, conversation: int) -> None:
        self._events.publish(conversation, "owner", {})
        self._wake(conversation)


def agent_name(agent: str) -> str:
    """The name under which an agent owns conversations and cases. Raises ConductorError."""
    name = agent.strip()
    if not name or len(name) > 120:
        raise ConductorError("An agent needs a name of at most 120 characters.")
    return name
