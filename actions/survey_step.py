"""Goes on with the open survey: reads the answer, asks the next question, or comes back to the open one."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.carry import carry_out
from bot.conversation.use_cases import survey_step


class ActionSurveyStep(Action):
    def name(self) -> str:
        return "action_survey_step"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        return await carry_out(survey_step, dispatcher, tracker)
