"""Puts an open survey off until the customer writes again."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.carry import carry_out
from bot.conversation.use_cases import later_


class ActionLater(Action):
    def name(self) -> str:
        return "action_later"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        return await carry_out(later_, dispatcher, tracker)
