"""Starts a survey: the one of an invitation, or the one for customers who ask to give feedback."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.carry import carry_out
from bot.conversation.use_cases import survey_start


class ActionSurveyStart(Action):
    def name(self) -> str:
        return "action_survey_start"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        return await carry_out(survey_start, dispatcher, tracker)
