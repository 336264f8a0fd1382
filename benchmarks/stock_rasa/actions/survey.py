"""Custom actions of the form, as Rasa's documentation writes them: one method checks one slot."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import AllSlotsReset, EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

OPTIONS = ("Products", "Prices", "Delivery", "Customer service")
SLOTS = ("score", "area", "quality", "delivery", "support", "effort", "again", "comment")


def number(text: Any, low: int, high: int) -> int | None:
    """The number in `text`, if it is on the scale."""
    words = [word for word in str(text).split() if word.isdigit()]
    found = int(words[0]) if words else -1
    return found if low <= found <= high else None


class ValidateNpsForm(FormValidationAction):
    def name(self) -> str:
        return "validate_nps_form"

    def _scale(self, slot: str, value: Any, low: int, high: int, dispatcher: CollectingDispatcher) -> dict[str, Any]:
        found = number(value, low, high)
        if found is None:
            dispatcher.utter_message(text=f"Please answer with a number from {low} to {high}.")
        return {slot: found}

    def validate_score(self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Any:
        return self._scale("score", value, 0, 10, dispatcher)

    def validate_area(self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Any:
        found = number(value, 1, len(OPTIONS))
        return {"area": OPTIONS[found - 1] if found else None}

    def validate_quality(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Any:
        return self._scale("quality", value, 1, 5, dispatcher)

    def validate_delivery(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Any:
        return self._scale("delivery", value, 1, 5, dispatcher)

    def validate_support(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Any:
        return self._scale("support", value, 1, 5, dispatcher)

    def validate_effort(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Any:
        return self._scale("effort", value, 1, 7, dispatcher)

    def validate_again(self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Any:
        said = str(value).strip().lower()
        return {"again": said if said in ("yes", "no") else None}

    def validate_comment(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Any:
        return {"comment": str(value).strip() or None}


class ActionStoreResponse(Action):
    """The answers are in the tracker, and so in PostgreSQL; the next survey begins with empty slots."""

    def name(self) -> str:
        return "action_store_response"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        return [AllSlotsReset()]
