"""Trackers that stay small: the live ones in memory, their truth elsewhere.

Stock Rasa serialises and replays the whole conversation at every message: 3.6 ms at the first turn, 277 ms at the
600th. Here a tracker holds two turns and the state before them, whatever the length of the conversation. Who is asked
what, and what was answered, is in the database; the tracker is disposable. The handler stores `export()` in its own
transaction and gives it back to `seed()` when another process handled the last turn.
"""

from __future__ import annotations

import json
import logging
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SessionStarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from bot.rasa_glue import in_process_actions  # noqa: F401  (installs the inprocess:// addresses)
from bot.rasa_glue.window import bounded, events_from, slimmed, stored, tracker_from

_JSON = json.JSONEncoder(separators=(",", ":"))
LOG = logging.getLogger(__name__)

SNAPSHOT_VERSION = 1
TRANSIENT_SLOTS = ("agenda", "session_started_metadata")
"""Slots that live for one turn: the survey policy's agenda, and Rasa's copy of the first message's metadata."""


@dataclass
class Live:
    """One live conversation: its events, and the snapshot that was last taken of exactly these (None: none was).
    `written`: events by their id, and how they stand in it. What was said in the last turn stands in the next snapshot,
    too, and an event that was saved changes no more."""

    events: list[Event]
    snapshot: str | None = None
    written: dict[int, tuple[Event, str]] = field(default_factory=dict)

    def texts(self) -> list[str]:
        """The events as JSON, those that were written before as they were."""
        written, self.written = self.written, {}
        for event in self.events:
            known = written.get(id(event))
            self.written[id(event)] = known if known is not None and known[0] is event else (event, _text(event))
        return [self.written[id(event)][1] for event in self.events]


class BoundedTrackerStore(TrackerStore):
    """Keeps the last `turns` turns of each of the last `live` conversations.

    endpoints.yml: `tracker_store: {type: bot.rasa_glue.tracker_store.BoundedTrackerStore, turns: 2, live: 1000}`.
    A conversation that drops out of memory starts anew, unless its snapshot is given back.
    """

    def __init__(
        self,
        domain: Domain | None,
        event_broker: EventBroker | None = None,
        turns: int = 2,
        live: int = 1_000,
        transient_slots: Collection[str] = TRANSIENT_SLOTS,
        **kwargs: Any,
    ) -> None:
        """`turns` ≥ 2: rules look at the turn before. `live` ≥ 1. Raises ValueError otherwise."""
        if turns < 2 or live < 1:
            raise ValueError(f"A tracker store needs turns ≥ 2 and live ≥ 1 (endpoints.yml), not {turns} and {live}.")
        super().__init__(domain, event_broker)
        self.turns = turns
        self.live = live
        self.transient_slots = frozenset(transient_slots)
        self._live: OrderedDict[str, Live] = OrderedDict()

    # What Rasa calls

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep the tracker's window. New events go to the event broker, if there is one."""
        before = self._live.get(tracker.sender_id)
        events = list(tracker.events)
        if self.event_broker is not None:
            new = events[len(before.events) if before else 0 :]
            await self._stream_new_events(self.event_broker, new, tracker.sender_id)
        kept = slimmed(events, self.transient_slots)
        window = bounded(tracker.sender_id, self.domain.slots, kept, self.turns)
        self._keep(tracker.sender_id, Live(window, written=before.written if before else {}))

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """A new tracker with the conversation's window: what is not saved leaves no trace."""
        live = self._live.get(sender_id)
        if live is None:
            return None
        self._live.move_to_end(sender_id)
        return tracker_from(sender_id, self.domain.slots, live.events)

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """The window too: the full history is the database's."""
        return await self.retrieve(conversation_id)

    async def exists(self, conversation_id: str) -> bool:
        """Is the conversation live?"""
        return conversation_id in self._live

    async def keys(self) -> Iterable[str]:
        """The live conversations, longest unused first."""
        return list(self._live)

    # What the handler calls

    def seed(self, sender_id: str, snapshot: str | None) -> None:
        """Make the conversation stand where `snapshot` left it; None begins it anew. Free when it stands there already.

        A snapshot that can't be read (another version) begins anew as well: all that is lost is what the bot said last.
        """
        live = self._live.get(sender_id)
        if live is not None and snapshot is not None and live.snapshot == snapshot:
            return
        events = None if snapshot is None else self._read(sender_id, snapshot)
        self._keep(sender_id, Live(begun(), None) if events is None else Live(events, snapshot))

    def export(self, sender_id: str) -> str:
        """The conversation as JSON, for `seed`. Raises KeyError when it is not live."""
        live = self._live[sender_id]
        if live.snapshot is None:
            live.snapshot = f'{{"version":{SNAPSHOT_VERSION},"events":[{",".join(live.texts())}]}}'
        return live.snapshot

    def preset(self, sender_id: str, slots: Mapping[str, Any]) -> None:
        """Set slots before the next message, such as the language. Slots that the domain does not have are passed
        over."""
        live = self._live.get(sender_id)
        if live is None:
            live = Live(begun())
            self._keep(sender_id, live)
        known = {slot.name: slot.initial_value for slot in self.domain.slots}
        known.update((event.key, event.value) for event in live.events if isinstance(event, SlotSet))
        changed = [SlotSet(name, value) for name, value in slots.items() if name in known and known[name] != value]
        if changed:
            live.events = [*live.events, *changed]
            live.snapshot = None

    def forget(self, sender_id: str) -> None:
        """Drop the live conversation."""
        self._live.pop(sender_id, None)

    def __len__(self) -> int:
        """Live conversations."""
        return len(self._live)

    def _keep(self, sender_id: str, live: Live) -> None:
        self._live[sender_id] = live
        self._live.move_to_end(sender_id)
        while len(self._live) > self.live:
            self._live.popitem(last=False)

    def _read(self, sender_id: str, snapshot: str) -> list[Event] | None:
        try:
            data = json.loads(snapshot)
            if data["version"] != SNAPSHOT_VERSION:
                raise ValueError(f"version {data['version']}")
            events = events_from(data["events"])
        except (ValueError, KeyError, TypeError) as error:
            LOG.warning("Conversation %s: its tracker can't be read (%r); it begins anew.", sender_id, error)
            return None
        slots = {slot.name for slot in self.domain.slots}
        return [event for event in events if not (isinstance(event, SlotSet) and event.key not in slots)]


def _text(event: Event) -> str:
    return _JSON.encode(stored(event))


def begun() -> list[Event]:
    """The events of a conversation in which nothing was said. With them Rasa runs no session start, which would copy
    the first message's metadata into a slot."""
    return [ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted(), ActionExecuted(ACTION_LISTEN_NAME)]
