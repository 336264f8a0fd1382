"""A tracker stays small, keeps what counts, and goes from one process to another as a string."""

from __future__ import annotations

import json
import re

import pytest
from rasa.core.tracker_store import check_if_tracker_store_async
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    SlotSet,
    UserUttered,
)

from bot.rasa_glue.tracker_store import BoundedTrackerStore
from bot.rasa_glue.window import stored

DOMAIN = Domain.from_yaml(
    """
    version: "3.1"
    slots:
      language: {type: any, mappings: [{type: custom}]}
      score: {type: any, initial_value: 5, mappings: [{type: custom}]}
      agenda: {type: any, mappings: [{type: custom}]}
    """
)


@pytest.fixture
def store() -> BoundedTrackerStore:
    return BoundedTrackerStore(DOMAIN)


async def say(store: BoundedTrackerStore, text: str, *outcome, sender: str = "1", listen: bool = True) -> None:
    """One turn as Rasa does it: a message, what came of it, and listening again."""
    tracker = await store.get_or_create_tracker(sender)
    metadata = {"turn": {"said": text, "session": "x" * 500}}
    tracker.update(UserUttered(text, {"name": "inform"}, parse_data={"intent_ranking": [1]}, metadata=metadata))
    for event in outcome:
        tracker.update(event)
    if listen:
        tracker.update(ActionExecuted("action_listen"))
    await store.save(tracker)


def texts(tracker) -> list[str]:
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


async def test_500_turns_hold_as_many_events_and_characters_as_5(store):
    sizes = {}
    for number in range(1, 501):
        await say(store, "hello", ActionExecuted("utter_greet"), BotUttered("Hi"), SlotSet("score", number))
        # Without the times: one has more digits than another.
        snapshot = re.sub(r"\d{9,}\.\d+", "TIME", store.export("1"))
        sizes[number] = (len((await store.retrieve("1")).events), len(snapshot))
    assert sizes[500][0] == sizes[5][0]
    assert sizes[500][1] == pytest.approx(sizes[5][1], abs=10)


async def test_the_last_two_turns_stay_and_begin_with_listening(store):
    for text in ("one", "two", "three"):
        await say(store, text)
    tracker = await store.retrieve("1")
    assert texts(tracker) == ["two", "three"]
    assert isinstance(tracker.events[0], ActionExecuted)


async def test_slots_paused_and_loop_survive_the_cut(store):
    await say(store, "one", SlotSet("score", 9), ActiveLoop("some_form"), ConversationPaused())
    for number in range(10):
        await say(store, str(number), listen=False)
    tracker = await store.retrieve("1")
    assert (tracker.get_slot("score"), tracker.is_paused(), tracker.active_loop_name) == (9, True, "some_form")


async def test_a_slot_has_the_value_it_had_when_the_window_began(store):
    for value in (1, 2, 3):
        await say(store, "now", SlotSet("score", value))
    values = [event.value for event in (await store.retrieve("1")).events if isinstance(event, SlotSet)]
    assert values == [1, 2, 3]


async def test_a_slot_set_back_to_nothing_stays_nothing(store):
    await say(store, "one", SlotSet("score", None))
    for _ in range(5):
        await say(store, "more")
    assert (await store.retrieve("1")).get_slot("score") is None


async def test_after_a_long_pause_the_bot_listens_again(store):
    await say(store, "a person please", ActionExecuted("action_human_handover"))
    await say(store, "hello?", ConversationPaused(), listen=False)
    for _ in range(10):
        await say(store, "anybody?", listen=False)
    await say(store, "ok", ConversationResumed(), listen=False)
    tracker = await store.retrieve("1")
    assert (tracker.latest_action_name, tracker.is_paused()) == ("action_listen", False)


async def test_what_is_not_saved_leaves_no_trace(store):
    await say(store, "one")
    (await store.retrieve("1")).update(UserUttered("lost"))
    assert texts(await store.retrieve("1")) == ["one"]


async def test_turn_input_decisions_and_agenda_are_not_kept(store):
    decision = BotUttered("", {"custom": {"conductor": {"operations": ["secret"]}}})
    await say(store, "one", decision, SlotSet("agenda", [{"action": "action_note"}]))
    kept = store.export("1")
    assert "xxx" not in kept
    assert "secret" not in kept
    assert (await store.retrieve("1")).get_slot("agenda") is None


async def test_a_snapshot_goes_on_in_another_process(store):
    await say(store, "one", SlotSet("score", 9))
    other = BoundedTrackerStore(DOMAIN)
    other.seed("1", store.export("1"))
    tracker = await other.retrieve("1")
    assert (texts(tracker), tracker.get_slot("score")) == (["one"], 9)
    assert other.export("1") == store.export("1")


async def test_the_stored_snapshot_outranks_the_live_tracker(store):
    await say(store, "one")
    stored = store.export("1")
    await say(store, "two, never committed")
    store.seed("1", stored)
    assert texts(await store.retrieve("1")) == ["one"]


async def test_a_current_snapshot_is_not_read_again(store):
    await say(store, "one")
    stored = store.export("1")
    before = (await store.retrieve("1")).events[-1]
    store.seed("1", stored)
    assert (await store.retrieve("1")).events[-1] is before


async def test_no_snapshot_begins_anew(store):
    await say(store, "one")
    store.seed("1", None)
    assert texts(await store.retrieve("1")) == []


UNREADABLE = ["", "not json", "[]", '{"version": 0, "events": []}', '{"version": 1, "events": [{"event": "new"}]}']


@pytest.mark.parametrize("snapshot", UNREADABLE)
async def test_an_unreadable_snapshot_begins_anew_and_says_so(store, caplog, snapshot):
    store.seed("1", snapshot)
    assert texts(await store.retrieve("1")) == []
    assert "Conversation 1" in caplog.text


async def test_a_slot_that_the_domain_dropped_is_passed_over(store):
    await say(store, "one", SlotSet("score", 9))
    snapshot = store.export("1").replace('"score"', '"gone"')
    store.seed("1", snapshot)
    assert "gone" not in (await store.retrieve("1")).slots


async def test_preset_slots_are_set_before_the_next_message(store):
    store.preset("1", {"language": "de", "unknown": 1})
    assert (await store.retrieve("1")).get_slot("language") == "de"


async def test_an_unchanged_preset_costs_nothing(store):
    for _ in range(5):
        store.preset("1", {"language": "de"})
    assert sum(isinstance(event, SlotSet) for event in (await store.retrieve("1")).events) == 1


async def test_the_least_recently_used_conversation_goes_first():
    store = BoundedTrackerStore(DOMAIN, live=2)
    await say(store, "a", sender="1")
    await say(store, "b", sender="2")
    await say(store, "c", sender="1")
    await say(store, "d", sender="3")
    assert list(await store.keys()) == ["1", "3"]
    assert not await store.exists("2")


async def test_forgetting(store):
    await say(store, "one")
    store.forget("1")
    store.forget("1")
    assert await store.retrieve("1") is None
    assert await store.retrieve_full_tracker("1") is None


class Broker:
    def __init__(self) -> None:
        self.published: list[str] = []

    def publish(self, event) -> None:
        self.published.append(event.get("text") or event["event"])


async def test_each_event_is_published_once():
    broker = Broker()
    store = BoundedTrackerStore(DOMAIN, broker)
    for text in ("one", "two", "three", "four"):
        await say(store, text)
    assert [event for event in broker.published if event not in ("action",)] == ["one", "two", "three", "four"]


def test_rasa_finds_every_method_asynchronous(store):
    assert check_if_tracker_store_async(store)


def test_a_window_of_one_turn_is_refused():
    with pytest.raises(ValueError, match="turns ≥ 2"):
        BoundedTrackerStore(DOMAIN, turns=1)


async def test_the_snapshot_is_json_with_a_version(store):
    await say(store, "one")
    assert json.loads(store.export("1"))["version"] == 1


async def test_a_snapshot_keeps_every_kind_of_event_that_counts(store):
    events = [SlotSet("score", None), BotUttered("Hi", {"buttons": [{"title": "Yes"}]}), ActiveLoop("some_form")]
    await say(store, "one", *events, ConversationPaused())
    other = BoundedTrackerStore(DOMAIN)
    other.seed("1", store.export("1"))
    here, there = await store.retrieve("1"), await other.retrieve("1")
    assert list(there.events) == list(here.events)
    assert there.latest_message.intent == {"name": "inform"}
    assert (there.get_slot("score"), there.active_loop_name, there.is_paused()) == (None, "some_form", True)


async def test_a_snapshot_is_that_of_its_events_whatever_was_written_before(store):
    for number in range(5):
        await say(store, f"é {number}", ActionExecuted("utter_greet"), BotUttered("Hi"), SlotSet("score", number))
        store.preset("1", {"language": "de" if number % 2 else "en"})
        snapshot = store.export("1")
        anew = [stored(event) for event in store._live["1"].events]
        assert snapshot == json.dumps({"version": 1, "events": anew}, separators=(",", ":"))
        assert store._live["1"].written.keys() == {id(event) for event in store._live["1"].events}


async def test_what_was_said_before_is_not_written_again(store, monkeypatch):
    await say(store, "one")
    store.export("1")
    written = []
    monkeypatch.setattr("bot.rasa_glue.tracker_store.stored", lambda event: written.append(event) or stored(event))
    await say(store, "two")
    store.export("1")
    assert [event.text for event in written if isinstance(event, UserUttered)] == ["two"]
