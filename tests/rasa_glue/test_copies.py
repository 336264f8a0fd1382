"""A tracker that is copied without its events being replayed is the one that Rasa's own copy would be."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    BotUttered,
    ConversationPaused,
    DefinePrevUserUtteredFeaturization,
    Event,
    FollowupAction,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker

from bot.rasa_glue.copies import copy_without_replay, slot_copied

DOMAIN = Domain.from_yaml(
    """
    version: "3.1"
    slots:
      language: {type: categorical, values: [en, de], mappings: [{type: custom}]}
      score: {type: float, initial_value: 5, mappings: [{type: custom}]}
      agenda: {type: any, mappings: [{type: custom}]}
    """
)
LISTEN = ActionExecuted("action_listen")
SAID = UserUttered("hello", {"name": "greet", "confidence": 1.0})
TURN: list[Event] = [LISTEN, SAID, DefinePrevUserUtteredFeaturization(False), ActionExecuted("utter_greet")]
CONVERSATIONS: dict[str, list[Event]] = {
    "nothing": [],
    "begun": [ActionExecuted("action_session_start"), SessionStarted(), LISTEN],
    "a turn": [*TURN, BotUttered("Hi", {"buttons": [{"title": "Yes"}]}), LISTEN],
    "slots": [*TURN, SlotSet("score", 9.0), SlotSet("language", None), SlotSet("agenda", [{"action": "a"}])],
    "slots before a session": [SlotSet("score", 9.0), *TURN, SessionStarted(), LISTEN, SlotSet("agenda", 1)],
    "only a slot": [SlotSet("score", 1.0)],
    "a message at the end": [LISTEN, SAID],
    "a loop": [*TURN, ActiveLoop("form"), ActionExecuted("form")],
    "paused": [*TURN, ConversationPaused()],
    "a follow-up": [*TURN, FollowupAction("action_help")],
    "taken back": [*TURN, SlotSet("score", 9.0), ActionReverted()],
    "restarted": [*TURN, Restarted()],
}


@pytest.fixture(autouse=True)
def patched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DialogueStateTracker, "copy", DialogueStateTracker.copy)
    monkeypatch.setattr(Slot, "__copy__", slot_copied, raising=False)
    copy_without_replay()


def everything(tracker: DialogueStateTracker) -> dict[str, Any]:
    """All that a tracker consists of."""
    slots = {name: (type(slot), slot.__dict__) for name, slot in tracker.slots.items()}
    return {**tracker.__dict__, "events": list(tracker.events), "slots": slots}


@pytest.mark.parametrize("conversation", CONVERSATIONS)
def test_a_copy_is_what_replaying_gives(conversation: str) -> None:
    tracker = DialogueStateTracker.from_events("1", CONVERSATIONS[conversation], DOMAIN.slots)
    tracker.model_id, tracker.assistant_id = "model", "assistant"
    replayed = tracker.travel_back_in_time(float("inf"))
    assert everything(tracker.copy()) == everything(replayed)


@pytest.mark.parametrize("conversation", CONVERSATIONS)
def test_what_happens_to_a_copy_does_not_happen_to_the_tracker(conversation: str) -> None:
    tracker = DialogueStateTracker.from_events("1", CONVERSATIONS[conversation], DOMAIN.slots)
    before = everything(tracker.travel_back_in_time(float("inf")))
    twin = tracker.copy()
    for event in (ActionExecuted("action_help"), SlotSet("score", 0.0), ConversationPaused(), BotUttered("Bye")):
        twin.update(event)
    assert everything(tracker.travel_back_in_time(float("inf"))) == before
    assert (tracker.get_slot("score"), tracker.is_paused()) == (
        before["slots"]["score"][1]["_value"],
        before["_paused"],
    )


def test_a_tracker_whose_follow_up_was_taken_is_replayed() -> None:
    tracker = DialogueStateTracker.from_events("1", CONVERSATIONS["a follow-up"], DOMAIN.slots)
    tracker.clear_followup_action()
    assert tracker.copy().followup_action == tracker.travel_back_in_time(float("inf")).followup_action == "action_help"


def test_a_slot_is_copied_as_copy_does(monkeypatch: pytest.MonkeyPatch) -> None:
    for slot in DOMAIN.slots:
        ours = copy.copy(slot)
        monkeypatch.delattr(Slot, "__copy__")
        theirs = copy.copy(slot)
        monkeypatch.setattr(Slot, "__copy__", slot_copied, raising=False)
        assert (type(ours), ours.__dict__) == (type(theirs), theirs.__dict__)
        assert ours is not slot


def test_a_second_call_changes_nothing() -> None:
    once = DialogueStateTracker.copy
    copy_without_replay()
    assert DialogueStateTracker.copy is once
