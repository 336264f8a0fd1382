"""What the conversation asks of the rest of the house. Implemented in `bot/rasa_glue` and `bot/storage`, wired in `bot/bootstrap`."""

from __future__ import annotations

from typing import Any, AsyncIterator, Mapping, Protocol, Sequence

from bot.conversation.turn import TurnInput, Understanding, Uttered
from survey_flows.model import Survey


class Clock(Protocol):
    def now(self) -> str:
        """The time, ISO 8601 with UTC offset, to the microsecond."""


class DialogueAgent(Protocol):
    """The Rasa agent, as the conversation sees it (`bot/rasa_glue/agent.py`)."""

    async def understand(self, text: str, language: str) -> Mapping[str, Any]:
        """NLU alone: Rasa's parse data (intent, intent_ranking, response_selector, …) for `text`."""

    async def converse(self, turn: TurnInput, parse_data: Mapping[str, Any], tracker: str | None) -> Conversed:
        """One turn of dialogue: policies and actions. `tracker` is the stored snapshot, or None for a new conversation.

        Raises ConversationFailed when Rasa or an action failed: nothing may be committed then but the hand-over to a person."""

    def forget(self, conversation: int) -> None:
        """Drop the live tracker: the turn was not committed."""


class Conversed(Protocol):
    """Outcome of one turn: what was uttered, in order, and the bounded tracker's snapshot to be stored with it."""

    @property
    def uttered(self) -> Sequence[Uttered]: ...
    @property
    def tracker(self) -> str: ...
    @property
    def actions(self) -> Sequence[str]: ...


class ConversationFailed(Exception):
    """Rasa, a policy or an action failed. The customer is handed to a person, never met with silence."""


class Catalogue(Protocol):
    """Published surveys."""

    async def live(self, key: str) -> Survey:
        """The live version of a survey. Raises UnknownSurvey."""

    async def version(self, fingerprint: str) -> Survey:
        """The exact version a response began with. Raises UnknownSurvey."""


class LiveEvents(Protocol):
    """News for screens. Best effort: never the truth."""

    def publish(self, conversation: int, kind: str, data: Mapping[str, Any]) -> None: ...
    def subscribe(self, conversation: int) -> AsyncIterator[Mapping[str, Any]]: ...


def understanding(parse_data: Mapping[str, Any], language: str) -> Understanding:
    """The part of Rasa's parse data that screens and reports show; FAQ intents by their full name."""
    intent = parse_data.get("intent") or {}
    ranking = tuple((str(i.get("name")), float(i.get("confidence") or 0.0)) for i in parse_data.get("intent_ranking") or ())
    return Understanding(full_intent(parse_data), float(intent.get("confidence") or 0.0), ranking[:5], language)


def full_intent(parse_data: Mapping[str, Any]) -> str:
    """The intent's name; for a retrieval intent ("faq") with its key ("faq/refund")."""
    name = str((parse_data.get("intent") or {}).get("name") or "")
    selector = (parse_data.get("response_selector") or {}).get(name) or {}
    return str((selector.get("response") or {}).get("intent_response_key") or name)
