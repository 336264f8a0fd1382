"""Opens a recovery case for a low score and tells the customer what happens next."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.carry import carry_out
from bot.conversation.use_cases import detractor_recovery


class ActionDetractorRecovery(Action):
    def name(self) -> str:
        return "action_detractor_recovery"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        return await carry_out(detractor_recovery, dispatcher, tracker)
