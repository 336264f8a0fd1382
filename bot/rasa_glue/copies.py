"""Copies of trackers without replaying their events.

Rasa copies the tracker before each action, by applying all its events to a new one, and copies every slot through
`copy`'s general way. The outcome of the usual events is in the tracker already.
"""

from __future__ import annotations

from typing import Any

from rasa.shared.core.events import (
    ActionExecuted,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker

USUAL: frozenset[type[Event]] = frozenset(
    (ActionExecuted, BotUttered, DefinePrevUserUtteredFeaturization, SessionStarted, SlotSet, UserUttered)
)
"""What these leave behind is in a tracker's few fields. Loops, follow-ups and whatever reverts are replayed."""


def copy_without_replay() -> None:
    """Let Rasa copy its trackers and slots so. A second call changes nothing."""
    replayed = DialogueStateTracker.copy
    if getattr(replayed, "without_replay", False):
        return

    def copied(self: DialogueStateTracker) -> DialogueStateTracker:
        if self.followup_action is not None or not all(type(event) in USUAL for event in self.events):
            return replayed(self)
        twin = self.init_copy()
        twin.events.extend(self.events)
        twin.followup_action, twin.latest_action = None, self.latest_action
        twin.latest_message, twin.latest_bot_utterance = self.latest_message, self.latest_bot_utterance
        for name, slot in self.slots.items():
            twin.slots[name].__dict__.update(slot.__dict__)
        return twin

    copied.__dict__["without_replay"] = True
    DialogueStateTracker.copy = copied
    Slot.__copy__ = slot_copied


def slot_copied(slot: Any) -> Any:
    """What `copy.copy` makes of a slot."""
    twin = object.__new__(type(slot))
    twin.__dict__.update(slot.__dict__)
    return twin
