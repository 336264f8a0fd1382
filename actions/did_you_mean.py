"""Offers the best guesses, and a person, when the bot is not sure which answer is wanted."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.carry import carry_out
from bot.conversation.use_cases import did_you_mean


class ActionDidYouMean(Action):
    def name(self) -> str:
        return "action_did_you_mean"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        return await carry_out(did_you_mean, dispatcher, tracker)
