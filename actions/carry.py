"""Between rasa_sdk and the use cases: reads the turn from the tracker, hands over the decision as custom JSON.

With no turn in the message's metadata (`rasa shell`, a Rasa channel of your own) nobody commits for us: then the
conversation is looked up by the sender's id, and the decision is carried out here and now.
"""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.bootstrap import house
from bot.conversation.turn import AGENDA, DECISION, TURN, TurnInput
from bot.conversation.use_cases import LISTEN, Facts, UseCase


async def carry_out(use_case: UseCase, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
    """Run a use case for the tracker's latest message. Returns the slots it sets, as Rasa events."""
    message = tracker.latest_message or {}
    data = (message.get("metadata") or {}).get(TURN)
    if data is None:
        return await _directly(use_case, dispatcher, tracker)
    turn = TurnInput.from_dict(data)
    result = await use_case(turn, await house(), facts(tracker))
    dispatcher.utter_message(json_message={DECISION: result.decision.as_dict()})
    return [SlotSet(name, value) for name, value in result.slots.items()]


async def _directly(use_case: UseCase, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
    from bot.bootstrap import direct  # only a bare `rasa shell` comes here

    text = str((tracker.latest_message or {}).get("text") or "")
    messages, slots = await (await direct()).run(use_case, tracker.sender_id, text, facts(tracker))
    for message in messages:
        dispatcher.utter_message(text=message)
    return [SlotSet(name, value) for name, value in slots.items()]


def facts(tracker: Tracker) -> Facts:
    """What the use cases want to know of Rasa's side."""
    intent: dict[str, Any] = (tracker.latest_message or {}).get("intent") or {}
    return Facts(
        agenda=tracker.get_slot(AGENDA) or (),
        latest_action=tracker.latest_action_name or LISTEN,
        intent=str(intent.get("name") or ""),
        before=_actions_before(tracker),
    )


def _actions_before(tracker: Tracker) -> tuple[str, ...]:
    """The actions that answered the message before this one, the last first."""
    found: list[str] = []
    messages = 0
    for event in reversed(tracker.events):
        messages += event.get("event") == "user"
        if messages == 2:
            break
        if messages == 1 and event.get("event") == "action":
            found.append(str(event.get("name")))
    return tuple(found)
