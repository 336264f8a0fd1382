"""Between rasa_sdk and the use cases: reads the turn from the tracker, hands over the decision as custom JSON.

With no turn in the message's metadata (`rasa shell`, a Rasa channel of your own) nobody commits for us: then the
conversation is looked up by the sender's id, and the decision is carried out here and now.
"""

from __future__ import annotations

from itertools import takewhile
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActionExecuted, ConversationPaused, EventType, SessionStarted, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.bootstrap import direct, house
from bot.conversation import guessing
from bot.conversation.direct import Done, Said
from bot.conversation.turn import AGENDA, DECISION, READ, TURN, TurnInput
from bot.conversation.use_cases import LISTEN, MISSED, Facts, UseCase


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
    said = _said(tracker)
    done = await (await direct()).run(use_case, said, facts(tracker))
    for text in done.texts:
        dispatcher.utter_message(text=text)
    return [*_slots(done), *_silence(done), *_heard_again(done, tracker)]


async def take_up(tracker: Tracker) -> list[EventType]:
    """The events that bring a new tracker to where the conversation stands in the database: the slots, and silence
    when a person owns it."""
    done = await (await direct()).standing(tracker.sender_id)
    return [SessionStarted(), *_slots(done), *(_silence(done) or [ActionExecuted(LISTEN)])]


def _slots(done: Done) -> list[EventType]:
    return [SlotSet(name, value) for name, value in (done.slots or {}).items()]


def _silence(done: Done) -> list[EventType]:
    """Without the `action_listen` Rasa would run the hand-over again when the conversation is resumed."""
    return [ActionExecuted(LISTEN), ConversationPaused()] if done.with_person else []


def _heard_again(done: Done, tracker: Tracker) -> list[EventType]:
    """The message once more, as what it means in its context: rules follow a message, not an action."""
    if done.again is None:
        return []
    latest = _latest(tracker)
    data = {"entities": [], **done.again.parse_data, "text": latest.get("text")}
    heard = {
        "event": "user",
        "timestamp": None,
        "text": latest.get("text"),
        "parse_data": data,
        "input_channel": latest.get("input_channel"),
        "message_id": _number(tracker),
        "metadata": {READ: {"guesses": guessing.as_json(done.again.guesses)}},
    }
    return [ActionExecuted(LISTEN), heard]


def _latest(tracker: Tracker) -> dict[str, Any]:
    return next((e for e in reversed(tracker.events) if e.get("event") == "user"), {})


def _number(tracker: Tracker) -> Any:
    """Rasa's id of the latest message. One that came without (`trigger_intent`) is known by its time."""
    latest = _latest(tracker)
    return (tracker.latest_message or {}).get("message_id") or latest.get("message_id") or latest.get("timestamp")


def _said(tracker: Tracker) -> Said:
    message = tracker.latest_message or {}
    read = (message.get("metadata") or _latest(tracker).get("metadata") or {}).get(READ)
    text = str(message.get("text") or "")
    return Said(tracker.sender_id, f"{tracker.sender_id}:{_number(tracker)}", text, message, read)


def facts(tracker: Tracker) -> Facts:
    """What the use cases want to know of Rasa's side."""
    intent: dict[str, Any] = (tracker.latest_message or {}).get("intent") or {}
    before = _turns_before(tracker)
    return Facts(
        agenda=tracker.get_slot(AGENDA) or (),
        latest_action=tracker.latest_action_name or LISTEN,
        intent=str(intent.get("name") or ""),
        before=before[0] if before else (),
        missed=_missed(before),
    )


def _turns_before(tracker: Tracker) -> list[tuple[str, ...]]:
    """The actions that answered each message before this one, the last first."""
    turns: list[list[str]] = [[]]
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            turns.append([])
        elif event.get("event") == "action":
            turns[-1].append(str(event.get("name")))
    return [tuple(actions) for actions in turns[1:-1]] if len(turns) > 1 else []


def _missed(before: list[tuple[str, ...]]) -> int:
    return sum(1 for _ in takewhile(lambda actions: any(name in MISSED for name in actions), before))
