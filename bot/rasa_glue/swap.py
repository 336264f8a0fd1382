"""A model that is replaced while customers write: the new one is loaded beside the old one, turns that are under way
finish on the old one, and the next turn of anybody runs on the new one.

Nothing of a conversation is in the model: the database holds it, and the new model's tracker is made from there. So no
message waits, none is lost, and none is handled twice. Imports nothing of Rasa.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from bot.conversation.failure import trace
from bot.conversation.ports import Conversed, DialogueAgent
from bot.conversation.turn import TurnInput
from bot.rasa_glue.registry import Registry

log = logging.getLogger(__name__)

WARMING = "hello"
"""The first text that a model reads takes longest: nobody's message should pay for it."""


class Held:
    """One loaded model, and how many turns are on it."""

    def __init__(self, agent: DialogueAgent, model: str) -> None:
        self.agent = agent
        self.model = model
        self.turns = 0
        self.free = asyncio.Event()
        self.free.set()


_pinned: ContextVar[Held | None] = ContextVar("pinned_model", default=None)


class SwappingAgent:
    """A `ports.DialogueAgent` whose model can change between turns."""

    def __init__(self, agent: DialogueAgent, model: str) -> None:
        self._held = Held(agent, model)

    @property
    def model(self) -> str:
        """The file name of the model that the next turn will run on."""
        return self._held.model

    @contextmanager
    def turn(self) -> Iterator[None]:
        """What is asked inside is answered by one and the same model."""
        held = self._held
        held.turns += 1
        held.free.clear()
        token = _pinned.set(held)
        try:
            yield
        finally:
            _pinned.reset(token)
            held.turns -= 1
            if not held.turns:
                held.free.set()

    def _agent(self) -> DialogueAgent:
        return (_pinned.get() or self._held).agent

    def language_of(self, text: str, language: str) -> tuple[str, float]:
        """See `ports.DialogueAgent`."""
        return self._agent().language_of(text, language)

    async def understand(self, text: str, language: str, chosen: bool = False) -> Mapping[str, Any]:
        """See `ports.DialogueAgent`."""
        return await self._agent().understand(text, language, chosen)

    async def converse(self, turn: TurnInput, parse_data: Mapping[str, Any], tracker: str | None) -> Conversed:
        """See `ports.DialogueAgent`."""
        return await self._agent().converse(turn, parse_data, tracker)

    def forget(self, conversation: int) -> None:
        """See `ports.DialogueAgent`."""
        self._agent().forget(conversation)

    async def swap(self, agent: DialogueAgent, model: str) -> None:
        """Let turns that begin now run on `agent`; returns when the last one on the old model is over."""
        old, self._held = self._held, Held(agent, model)
        await old.free.wait()


class ModelWatch:
    """Follows `models/current`: a chore of the server's. `load` makes an agent of a model's file, in a thread;
    `replaced` is called with the new agent once no turn is on the old one."""

    def __init__(
        self,
        agent: SwappingAgent,
        registry: Registry,
        load: Callable[[Path], DialogueAgent],
        replaced: Callable[[DialogueAgent], None],
        now: Callable[[], str],
        language: str = "en",
        seen: str | None = None,
    ) -> None:
        """`seen`: what `current` said when the loaded model was chosen; only a change from there counts."""
        self._agent = agent
        self._registry = registry
        self._load = load
        self._replaced = replaced
        self._now = now
        self._language = language
        self._seen = registry.current() if seen is None else seen

    async def look(self) -> int:
        """Change over when another model was chosen. Returns 1 when it did. A model that can't be loaded is noted, the
        running one stays, and `current` names that again."""
        name = self._registry.current()
        if name in ("", self._seen):
            return 0
        self._seen = name
        if name == self._agent.model:
            return 0
        try:
            fresh = await asyncio.to_thread(self._load, self._registry.folder / name)
            await fresh.understand(WARMING, self._language)
        except Exception as error:  # whatever is wrong with a file, customers keep the model that works
            running = self._agent.model
            log.error("The model %s can't be used; %s goes on.\n%s", name, running, trace(error))
            note = f"{type(error).__name__}: it could not be loaded"
            if (self._registry.folder / running).is_file() and self._registry.broken(name, running, self._now(), note):
                self._seen = running
            return 0
        await self._agent.swap(fresh, name)
        self._replaced(fresh)
        log.warning("The model %s is in use.", name)
        return 1
