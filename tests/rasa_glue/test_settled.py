"""What is not found again at every message is what Rasa would find."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import textwrap
from types import SimpleNamespace
from typing import Any

import pytest
import rasa.core.actions.action as actions
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    DefinePrevUserUtteredFeaturization,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.rasa_glue.agent import RasaAgent
from bot.rasa_glue.settled import begin_no_session, extracts_nothing, keep_default_actions
from bot.rasa_glue.training import ROOT
from tests.rasa_glue.conftest import intent, turn

PROJECT = ROOT / "dialogues" / "domain"


def tracker_of(domain: Domain, *events: Any) -> DialogueStateTracker:
    return DialogueStateTracker.from_events("1", list(events), domain.slots)


def test_a_domain_with_something_in_it_is_not_empty(agent: RasaAgent, monkeypatch: pytest.MonkeyPatch) -> None:
    domain = agent.rasa.processor.domain
    settled = domain.is_empty()
    monkeypatch.delattr(domain, "is_empty")  # Rasa's own again
    assert settled is domain.is_empty() is False


@pytest.mark.parametrize("text", ["where is my refund", "hello"])
async def test_unknown_intents_are_warned_about_still(agent: RasaAgent, text: str) -> None:
    processor = agent.rasa.processor
    with pytest.warns(UserWarning, match="not defined in the domain"):
        processor._check_for_unseen_features({"intent": {"name": text}, "entities": []})


MAPPINGS = {
    "[{type: custom}]": True,
    "[]": True,
    "[{type: custom, action: action_note}]": False,
    "[{type: from_text}]": False,
    "[{type: custom}, {type: from_intent, intent: greet, value: x}]": False,
    "[{type: from_entity, entity: place}]": False,
    "[{type: from_trigger_intent, intent: greet, value: x}]": False,
}


@pytest.mark.parametrize("mappings", MAPPINGS)
@pytest.mark.parametrize("validated", [True, False])
def test_slots_are_filled_from_what_is_said_where_a_mapping_says_so(mappings: str, validated: bool) -> None:
    action = "actions: [action_note, action_validate_slot_mappings]" if validated else "actions: [action_note]"
    domain = Domain.from_yaml(
        textwrap.dedent(
            f"""
            version: "3.1"
            intents: [greet]
            entities: [place]
            {action}
            slots:
              one: {{type: any, mappings: [{{type: custom}}]}}
              two: {{type: any, mappings: {mappings}}}
            """
        )
    )
    assert extracts_nothing(domain) is (MAPPINGS[mappings] and not validated)


@pytest.mark.parametrize("name", ["survey_answer", "greet", "faq"])
async def test_where_nothing_is_extracted_rasas_own_action_extracts_nothing(agent: RasaAgent, name: str) -> None:
    for domain in (agent.rasa.processor.domain, Domain.load(str(PROJECT))):
        assert extracts_nothing(domain)
        said = UserUttered("x", {"name": name}, [{"entity": "language", "value": "de"}])
        tracker = tracker_of(domain, ActionExecuted("action_listen"), said)
        own = actions.ActionExtractSlots(EndpointConfig("inprocess://nowhere"))
        assert await own.run(None, None, tracker, domain) == []


async def test_rasas_listening_is_what_ours_is(agent: RasaAgent) -> None:
    processor = agent.rasa.processor
    own = MessageProcessor._run_action
    outcomes = []
    for run in (processor._run_action, lambda *given: own(processor, *given)):
        tracker = tracker_of(processor.domain, ActionExecuted("action_listen"), UserUttered("x"))
        prediction = PolicyPrediction.for_action_name(processor.domain, "action_listen")
        prediction.events.append(DefinePrevUserUtteredFeaturization(False))
        again = await run(actions.ActionListen(), tracker, None, None, prediction)
        outcomes.append((again, list(tracker.events), tracker.latest_action, tracker.followup_action))
    assert outcomes[0] == outcomes[1]
    assert outcomes[0][0] is False


async def test_listening_copies_no_tracker_and_another_action_does(
    agent: RasaAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []
    own = DialogueStateTracker.copy

    def counted(self: DialogueStateTracker) -> DialogueStateTracker:
        copied.append("copy")
        return own(self)

    monkeypatch.setattr(DialogueStateTracker, "copy", counted)
    conversed = await agent.converse(turn("9"), intent("survey_answer"), None)
    assert conversed.actions == ("action_survey_step",)
    assert copied == ["copy"]


BEGUN = (ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen"))
BEFORE = {
    "nothing": ((), True),
    "just begun": (BEGUN[:2], True),
    "restarted": ((*BEGUN, Restarted()), True),
    "begun": (BEGUN, False),
    "a slot was set": ((*BEGUN, SlotSet("language", "de")), False),
    "said, while a person had it": ((*BEGUN, UserUttered("x")), False),
}


@pytest.mark.parametrize("before", BEFORE)
async def test_a_session_begins_where_rasa_begins_one(agent: RasaAgent, before: str) -> None:
    events, begins = BEFORE[before]
    for settled in (True, False):
        ran: list[str] = []
        processor: Any = SimpleNamespace(domain=agent.rasa.processor.domain, nlg=None)
        processor._get_action = lambda name: name
        processor._has_session_expired = MessageProcessor._has_session_expired.__get__(processor)
        processor._update_tracker_session = MessageProcessor._update_tracker_session.__get__(processor)

        async def run(action: str, ran: list[str] = ran, **_given: Any) -> None:
            ran.append(action)

        processor._run_action = run
        if settled:
            begin_no_session(processor)
        await processor._update_tracker_session(tracker_of(processor.domain, *events), None)
        assert bool(ran) is begins, settled


def test_default_actions_are_made_once_for_an_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "default_actions", inspect.unwrap(actions.default_actions))
    keep_default_actions()
    one, other = EndpointConfig("http://one"), EndpointConfig("http://one")
    first = actions.default_actions(one)
    assert actions.default_actions(one) == first
    assert actions.default_actions(one) is not first, "whoever changes the list changes their own"
    assert actions.default_actions(other)[0] is not first[0]
    assert actions.default_actions()[0] is not first[0]
    assert [type(action) for action in first] == [type(action) for action in inspect.unwrap(actions.default_actions)()]
    assert {id(one), id(other)} >= {id(a._action_endpoint) for a in first if hasattr(a, "_action_endpoint")}


def test_default_actions_keep_nothing_of_a_conversation(agent: RasaAgent) -> None:
    domain, nlg = agent.rasa.processor.domain, agent.rasa.processor.nlg
    tracker = tracker_of(domain, *BEGUN, UserUttered("x", {"name": "greet"}, parse_data={"intent_ranking": []}))
    channel: Any = SimpleNamespace(name=lambda: "sms")
    for action in inspect.unwrap(actions.default_actions)():
        before = dict(action.__dict__)
        with contextlib.suppress(Exception):  # what an action misses here is no matter: only what it keeps
            asyncio.run(action.run(channel, nlg, tracker, domain))
        assert action.__dict__ == before, action.name()
