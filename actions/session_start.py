"""Takes a conversation up where the database left it, when Rasa meets it for the first time (`rasa shell`).

Rasa's own action of this name begins with empty slots. Conversations of our handler never run it: they bring their
state along."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.carry import take_up


class ActionSessionStart(Action):
    def name(self) -> str:
        return "action_session_start"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        return await take_up(tracker)
