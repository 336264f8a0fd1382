"""The tiny project's actions: each decides something that a test can see."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action
from rasa_sdk.events import SlotSet
from rasa_sdk.interfaces import ActionExecutionRejection


def decide(dispatcher: Any, action: str, **data: Any) -> None:
    dispatcher.utter_message(json_message={"conductor": {"operations": [{"op": action, **data}]}})


class SurveyStep(Action):
    """Asks. "explode" raises, "reject" rejects, "plan A B" puts actions A and B on the agenda."""

    def name(self) -> str:
        return "action_survey_step"

    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        said = tracker.latest_message["metadata"]["turn"]["said"]
        if said == "explode":
            raise RuntimeError("the step failed")
        if said == "reject":
            raise ActionExecutionRejection(self.name(), "not now")
        decide(dispatcher, "ask", again=tracker.latest_action_name != "action_listen")
        if said.startswith("plan "):
            return [SlotSet("agenda", [{"action": action, "payload": {}} for action in said.split()[1:]])]
        return []


class SurveyStart(Action):
    def name(self) -> str:
        return "action_survey_start"

    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        decide(dispatcher, "start")
        return [SlotSet("survey_active", True)]


class Note(Action):
    def name(self) -> str:
        return "action_note"

    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        decide(dispatcher, "note")
        return []


class Help(Action):
    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        dispatcher.utter_message(text="Say a number.")
        return []

    def name(self) -> str:
        return "action_help"


class HumanHandover(Action):
    def name(self) -> str:
        return "action_human_handover"

    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        decide(dispatcher, "hand_over")
        return []
