"""The Rasa agent as the conversation sees it: `bot.conversation.ports.DialogueAgent`."""

from __future__ import annotations

import gc
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.lock_store import LockStore
from rasa.core.tracker_store import FailSafeTrackerStore, TrackerStore
from rasa.core.utils import AvailableEndpoints

from bot.conversation.phrases import languages
from bot.conversation.ports import ConversationFailed
from bot.conversation.turn import SURVEY_ACTIVE, TURN, TurnInput, Uttered
from bot.errors import ConductorError
from bot.rasa_glue.certain import ask_survey_policy_first
from bot.rasa_glue.collecting_channel import CollectingChannel
from bot.rasa_glue.copies import copy_without_replay
from bot.rasa_glue.nlu.language import LANGUAGE_CHOSEN, language_of
from bot.rasa_glue.quiet import quiet
from bot.rasa_glue.saying import say_quickly
from bot.rasa_glue.settled import settle
from bot.rasa_glue.straight_runner import run_straight
from bot.rasa_glue.tracker_store import BoundedTrackerStore
from bot.rasa_glue.watch import watch, watched_turn
from bot.rasa_glue.window import find_events_by_name
from bot.telemetry.figures import timed_understanding
from bot.telemetry.logs import quiet_rasa

LANGUAGE = "language"
"""Slot, and key of the NLU message's metadata: the conversation's language."""
PRIOR_WEIGHT = 20.0
"""So many times likelier than each other is the conversation's own language, as in `LanguageTagger`."""
LONGEST_TEXT = 1_000
"""Characters that the NLU looks at. Nobody's question is longer; a 100 kB message would take it a second."""


@dataclass(frozen=True)
class Conversed:
    """Outcome of one turn, see `ports.Conversed`. `actions` without the final `action_listen`."""

    uttered: tuple[Uttered, ...]
    tracker: str
    actions: tuple[str, ...]


class RasaAgent:
    """Runs turns of dialogue on a loaded Rasa agent."""

    def __init__(self, agent: Agent) -> None:
        """Take over `agent`: its tracker store loses the wrapper that hides failures, and its processor is watched.

        Raises ConductorError when no model is loaded or endpoints.yml names another tracker store.
        """
        if agent.processor is None:
            raise ConductorError("The Rasa agent has no model.", mend="Run 'conductor train' first.")
        self._agent = agent
        self._processor = agent.processor
        self._store = bounded_store(agent)
        ask_survey_policy_first(self._processor)
        run_straight(self._processor.graph_runner)
        find_events_by_name()
        copy_without_replay()
        settle(self._processor)
        say_quickly(self._processor.nlg)
        quiet()
        watch(self._processor)

    async def understand(self, text: str, language: str, chosen: bool = False) -> Mapping[str, Any]:
        """NLU alone: Rasa's parse data for `text`, the conversation's language as prior, or as given where the customer
        chose it."""
        message = UserMessage(plain(text), metadata={LANGUAGE: language, LANGUAGE_CHOSEN: chosen})
        with timed_understanding():
            parsed: dict[str, Any] = await self._processor.parse_message(message)
        parsed["text"] = text
        return parsed

    def language_of(self, text: str, language: str) -> tuple[str, float]:
        """See `ports.DialogueAgent`."""
        return language_of(text[:LONGEST_TEXT], languages(), language, PRIOR_WEIGHT)

    async def converse(self, turn: TurnInput, parse_data: Mapping[str, Any], tracker: str | None) -> Conversed:
        """One turn of policies and actions, see `ports.DialogueAgent`. The live tracker follows `tracker`, the stored
        truth.

        Raises ConversationFailed when an action, a policy or Rasa itself failed; the live tracker is forgotten then.
        """
        sender = str(turn.conversation)
        channel = CollectingChannel(turn.channel)
        message = UserMessage(
            turn.said,
            channel,
            sender,
            input_channel=turn.channel,
            parse_data=complete(parse_data, turn.said),
            metadata={TURN: turn.as_dict()},
        )
        async with self._agent.lock_store.lock(sender):
            try:
                return await self._run(sender, message, channel, turn, tracker)
            except BaseException:
                self._store.forget(sender)
                raise

    async def _run(
        self, sender: str, message: UserMessage, channel: CollectingChannel, turn: TurnInput, tracker: str | None
    ) -> Conversed:
        with watched_turn() as log:
            try:
                self._store.seed(sender, tracker)
                self._store.preset(sender, {LANGUAGE: turn.language, SURVEY_ACTIVE: turn.session is not None})
                await self._processor.handle_message(message)
                snapshot = self._store.export(sender)
            except Exception as error:
                raise ConversationFailed(f"Conversation {sender}: Rasa failed ({type(error).__name__}).") from error
        if log.failure is not None:
            raise ConversationFailed(
                f"Conversation {sender}: {log.actions[-1] if log.actions else 'a policy'} failed "
                f"({type(log.failure).__name__})."
            ) from log.failure
        return Conversed(tuple(channel.uttered), snapshot, tuple(log.actions))

    @property
    def rasa(self) -> Agent:
        """Rasa's own object, for its server."""
        return self._agent

    def forget(self, conversation: int) -> None:
        """Drop the live tracker: the turn was not committed."""
        self._store.forget(str(conversation))


def plain(text: str) -> str:
    """`text` as text: to Rasa a leading "/" is a command ("/restart", "/any_intent{…}"), from a customer it never
    is."""
    return re.sub(r"^[\s/]+", "", text)[:LONGEST_TEXT]


def complete(parse_data: Mapping[str, Any], text: str) -> dict[str, Any]:
    """`parse_data` with the keys Rasa relies on; never empty, so that Rasa does not parse the text itself. Its
    "metadata" would hide the turn's input."""
    given = {key: value for key, value in parse_data.items() if key != "metadata"}
    return {"intent": {"name": None, "confidence": 0.0}, "entities": [], "text": text, **given}


def bounded_store(agent: Agent) -> BoundedTrackerStore:
    """The agent's own tracker store, put in place of Rasa's fail-safe wrapper, which answers a customer and loses the
    state."""
    store = agent.tracker_store
    if isinstance(store, FailSafeTrackerStore):
        store = store._tracker_store
    if not isinstance(store, BoundedTrackerStore):
        raise ConductorError(
            f"endpoints.yml names the tracker store {type(store).__name__}, whose cost grows with every message.",
            mend="Set tracker_store.type to bot.rasa_glue.tracker_store.BoundedTrackerStore.",
        )
    agent.tracker_store = store
    agent.processor.tracker_store = store
    return store


def load_agent(model_path: Path, endpoints_file: Path) -> RasaAgent:
    """Load a trained model with the stores and the action endpoint that `endpoints_file` names.

    The loaded objects are frozen out of the garbage collector (`settle_memory`). Raises ConductorError when the model
    or the file is missing. Rasa's own loader would return an agent without a model.
    """
    for path, mend in ((model_path, "Run 'conductor train'."), (endpoints_file, "It belongs beside config.yml.")):
        if not path.is_file():
            raise ConductorError(f"There is no file '{path}'.", mend=mend)
    quiet_rasa()
    endpoints = AvailableEndpoints.read_endpoints(str(endpoints_file))
    agent = Agent.load(
        str(model_path),
        generator=endpoints.nlg,
        tracker_store=TrackerStore.create(endpoints.tracker_store),
        lock_store=LockStore.create(endpoints.lock_store),
        action_endpoint=endpoints.action,
    )
    ready = RasaAgent(agent)
    settle_memory()
    return ready


def settle_memory() -> None:
    """Collect what is not used any more, then freeze the rest out of the garbage collector: a full collection over a
    model stops the process for 0.3–0.4 s. What was frozen before (a model that was replaced) is looked at again."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
