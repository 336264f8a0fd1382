"""The part of a conversation that Rasa still needs: the last turns, and the state at the moment where they begin.

Rasa replays all events of a tracker several times a message, so a long conversation costs more with every turn.
Policies and rules look at the last turn or two. Everything before is folded into the few events that recreate its
outcome: slots, paused, active loop.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    ConversationPaused,
    Event,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses

from bot.conversation.turn import TURN

RASAS_METADATA = frozenset({"model_id", "assistant_id"})
"""What a tracker adds to the metadata of every event it takes in."""
PARSE_DATA_KEPT = frozenset({"intent", "entities", "text", "message_id", "metadata"})


def tracker_from(sender_id: str, slots: Iterable[Slot], events: Iterable[Event]) -> DialogueStateTracker:
    """A tracker whose events are `events`. `DialogueStateTracker.update` asks of each what class it is, and adds the
    model's name, which a new tracker does not have."""
    tracker = DialogueStateTracker(sender_id, slots)
    for event in events:
        tracker.events.append(event)
        event.apply_to(tracker)
    return tracker


def window_start(events: Sequence[Event], turns: int) -> int:
    """Where the last `turns` turns begin: at the `action_listen` before a user's message, or at that message when none
    precedes it (while paused, messages are logged and no action runs). 0 when there are no more turns than that."""
    said = [position for position, event in enumerate(events) if isinstance(event, UserUttered)]
    if len(said) <= turns:
        return 0
    start = said[-turns]
    for position in range(start - 1, -1, -1):
        event = events[position]
        if isinstance(event, SlotSet):
            continue
        is_listen = isinstance(event, ActionExecuted) and event.action_name == ACTION_LISTEN_NAME
        return position if is_listen else start
    return start


def folded(tracker: DialogueStateTracker, timestamp: float) -> list[Event]:
    """The fewest events that bring a new tracker to the state of this one, apart from its history."""
    events: list[Event] = [
        SlotSet(name, slot.value, timestamp=timestamp)
        for name, slot in tracker.slots.items()
        if slot.value != slot.initial_value
    ]
    if tracker.active_loop_name:
        events.append(ActiveLoop(tracker.active_loop_name, timestamp=timestamp))
    if tracker.is_paused():
        events.append(ConversationPaused(timestamp=timestamp))
    return events


def bounded(sender_id: str, slots: Iterable[Slot], events: Sequence[Event], turns: int) -> list[Event]:
    """`events` with all but the last `turns` turns folded into their outcome."""
    start = window_start(events, turns)
    if start == 0:
        return list(events)
    head = tracker_from(sender_id, slots, events[:start])
    timestamp = events[start].timestamp
    prelude = folded(head, timestamp)
    if not isinstance(events[start], ActionExecuted) and head.latest_action_name:
        prelude.append(ActionExecuted(head.latest_action_name, timestamp=timestamp))
    return prelude + list(events[start:])


def slimmed(events: Iterable[Event], transient_slots: Collection[str]) -> list[Event]:
    """What is worth keeping of a finished turn: neither the turn's input nor the decisions (both are in the database,
    and hold personal data), nor slots that live for one turn."""
    return [slim(event) for event in events if not (isinstance(event, SlotSet) and event.key in transient_slots)]


def slim(event: Event) -> Event:
    """A copy of `event` without its ballast; the event itself when it carries none."""
    if isinstance(event, UserUttered):
        return slim_message(event)
    if isinstance(event, BotUttered) and (event.data or {}).get("custom"):
        lighter = copy.copy(event)
        lighter.data = {**event.data, "custom": None}
        return lighter
    return event


def slim_message(event: UserUttered) -> UserUttered:
    """The message with its intent, and without rankings, response selectors and the turn's input."""
    if TURN not in event.metadata and event.parse_data.keys() <= PARSE_DATA_KEPT:
        return event
    metadata = {key: value for key, value in event.metadata.items() if key != TURN}
    lighter = UserUttered(
        event.text,
        event.intent,
        event.entities,
        timestamp=event.timestamp,
        input_channel=event.input_channel,
        message_id=event.message_id,
        metadata=metadata,
    )
    lighter.use_text_for_featurization = event.use_text_for_featurization
    return lighter


def stored(event: Event) -> dict[str, Any]:
    """An event as JSON for the snapshot, without what can be had again: empty fields, the model's name, copies of the
    text."""
    data = {key: value for key, value in event.as_dict().items() if value is not None}
    metadata = {key: value for key, value in event.metadata.items() if key not in RASAS_METADATA}
    data["metadata"] = metadata
    if isinstance(event, UserUttered):
        data["parse_data"] = {"intent": event.intent, "entities": event.entities}
    if isinstance(event, BotUttered):
        data["data"] = {key: value for key, value in (event.data or {}).items() if value is not None}
    return {key: value for key, value in data.items() if value != {}}


@lru_cache(maxsize=1)
def event_types() -> Mapping[str, type[Event]]:
    """Event classes by the name they are stored under. `Event.resolve_by_type` walks all subclasses for every event,
    which is more than half of the time stock Rasa spends on a long conversation. Where names repeat, the first wins,
    as there."""
    return {cls.type_name: cls for cls in reversed(all_subclasses(Event))}


def find_events_by_name() -> None:
    """Let Rasa itself find an event's class so, too (what actions return). A type that is not known goes its old
    way."""
    slow, types = Event.resolve_by_type, event_types()
    if getattr(slow, "by_name", False):
        return

    def resolve(type_name: str, default: type[Event] | None = None) -> type[Event] | None:
        found = types.get(type_name)
        return found if found is not None else slow(type_name, default)

    resolve.__dict__["by_name"] = True
    Event.resolve_by_type = staticmethod(resolve)


def events_from(data: Iterable[Mapping[str, Any]]) -> list[Event]:
    """Stored events as objects. Raises KeyError for an unknown type of event."""
    types = event_types()
    made = (types[stored["event"]]._from_parameters(dict(stored)) for stored in data)
    return [event for event in made if event is not None]
