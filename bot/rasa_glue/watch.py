"""Makes Rasa's silent failures audible.

`MessageProcessor` logs an exception of an action and goes on without its events: the customer is met with silence, or
with half an answer. It does the same when a response is missing and when its limit of actions is reached. Here each
action reports what became of it, whether it runs in this process, over HTTP or is one of Rasa's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from rasa.core.actions.action import Action
from rasa.core.processor import MessageProcessor
from rasa.exceptions import ActionLimitReached
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import BotUttered


@dataclass
class TurnLog:
    """What the actions of one turn reported."""

    actions: list[str] = field(default_factory=list)
    failure: Exception | None = None


class ResponseMissing(Exception):
    """An `utter_…` action had nothing to say: no such response, or none for this channel, language or FAQ."""


TURN_LOG: ContextVar[TurnLog | None] = ContextVar("turn_log", default=None)


@contextmanager
def watched_turn() -> Iterator[TurnLog]:
    """Collect the reports of the actions that run inside."""
    log = TurnLog()
    token = TURN_LOG.set(log)
    try:
        yield log
    finally:
        TURN_LOG.reset(token)


class WatchedAction(Action):
    """An action that reports to the turn's log, and otherwise behaves as the one it wraps."""

    def __init__(self, action: Action, log: TurnLog) -> None:
        self.action = action
        self.log = log

    def name(self) -> str:
        """The wrapped action's."""
        return self.action.name()

    async def run(self, *args: Any, **kwargs: Any) -> list[Any]:
        """Run it. Whatever it raises is noted and passes on to Rasa. An `utter_…` without an utterance is a failure
        too."""
        self.log.actions.append(self.name())
        try:
            events = await self.action.run(*args, **kwargs)
            if self.name().startswith("utter_") and not any(isinstance(event, BotUttered) for event in events):
                raise ResponseMissing(f"There is no response for '{self.name()}' (dialogues/domain).")
        except Exception as error:
            self.log.failure = self.log.failure or error
            raise
        return list(events)

    def event_for_successful_execution(self, prediction: Any) -> Any:
        """The wrapped action's."""
        return self.action.event_for_successful_execution(prediction)


def watch(processor: MessageProcessor) -> None:
    """Let `processor` report inside `watched_turn`. Outside of it nothing changes."""
    predict: Callable[..., Any] = processor.predict_next_with_tracker_if_should

    def predict_watched(tracker: Any) -> Any:
        log = TURN_LOG.get()
        if log is None:
            return predict(tracker)
        try:
            action, prediction = predict(tracker)
        except ActionLimitReached as error:
            log.failure = log.failure or error
            raise
        quiet = action.name() == ACTION_LISTEN_NAME
        return (action if quiet else WatchedAction(action, log)), prediction

    processor.predict_next_with_tracker_if_should = predict_watched
