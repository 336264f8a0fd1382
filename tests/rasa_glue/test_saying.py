"""Responses are chosen and filled in as Rasa chooses and fills them in."""

from __future__ import annotations

import copy
import itertools
import logging
from typing import Any

import pytest
from rasa.core.nlg import CallbackNaturalLanguageGenerator
from rasa.core.nlg.generator import ResponseVariationFilter
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig

from bot.rasa_glue.saying import say_quickly, suitable
from bot.rasa_glue.training import ROOT

GERMAN = [{"type": "slot", "name": "language", "value": "DE"}]
SURE = [{"type": "slot", "name": "sure", "value": True}]
VARIATIONS: list[dict[str, Any]] = [
    {
        "text": "plain",
        **({} if channel is None else {"channel": channel}),
        **({} if asked is None else {"condition": asked}),
    }
    for channel in (None, "sms", "slack")
    for asked in (None, [], GERMAN, [*GERMAN, *SURE])
]
SLOTS: list[dict[str, Any]] = [
    {"language": language, "sure": sure} for language in ("de", "en", None) for sure in (True, None)
]


@pytest.mark.parametrize("channel", ["sms", "web"])
@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_the_variations_that_fit_are_rasas(channel: str, count: int) -> None:
    for variations in itertools.combinations(VARIATIONS, count):
        theirs = ResponseVariationFilter({"utter_x": list(variations)})
        for slots in SLOTS:
            assert suitable(variations, channel, slots) == theirs.responses_for_utter_action("utter_x", channel, slots)


RESPONSES: dict[str, list[dict[str, Any]]] = {
    "utter_named": [{"text": "Hello {name}, {{no}} {missing}", "image": "{name}.png"}],
    "utter_buttons": [{"text": "Which?", "buttons": [{"title": "{name}", "payload": "a"}], "metadata": {"deep": [1]}}],
    "utter_custom": [{"custom": {"blocks": [{"text": "{name}"}, 7, None, 1.5, True]}, "condition": GERMAN, "id": "9"}],
    "utter_none_fits": [{"text": "x", "channel": "slack"}],
}


@pytest.mark.parametrize("name", [*RESPONSES, "utter_unknown"])
def test_a_response_is_rasas_and_the_stored_one_stays_as_it_was(name: str) -> None:
    slots = {"name": "Ada", "language": "de"}
    theirs = TemplatedNaturalLanguageGenerator(copy.deepcopy(RESPONSES))
    ours = TemplatedNaturalLanguageGenerator(copy.deepcopy(RESPONSES))
    say_quickly(ours)
    said = ours.generate_from_slots(name, slots, "sms", domain_responses={})
    assert said == theirs.generate_from_slots(name, slots, "sms", domain_responses={})
    assert ours.responses == RESPONSES
    if said is not None:
        _spoil(said)
        assert ours.responses == RESPONSES


def _spoil(value: Any) -> None:
    for inner in list(value.values() if isinstance(value, dict) else value):
        if isinstance(inner, (dict, list)):
            _spoil(inner)
    value.clear()


def test_of_several_that_fit_each_is_said() -> None:
    ours = TemplatedNaturalLanguageGenerator({"utter_x": [{"text": "a"}, {"text": "b"}]})
    say_quickly(ours)
    said = {(ours.generate_from_slots("utter_x", {}, "sms") or {})["text"] for _ in range(100)}
    assert said == {"a", "b"}


def test_every_response_of_the_project_is_rasas() -> None:
    domain = Domain.load(str(ROOT / "dialogues" / "domain"))
    theirs, ours = (TemplatedNaturalLanguageGenerator(domain.responses) for _ in range(2))
    say_quickly(ours)
    assert len(domain.responses) >= 4
    for name, channel in itertools.product(domain.responses, ("sms", "twilio_voice")):
        slots = {"language": "de", "survey_active": False, "agenda": None}
        assert ours.generate_from_slots(name, slots, channel) == theirs.generate_from_slots(name, slots, channel), name


@pytest.mark.parametrize("loud", [True, False])
def test_another_generator_and_a_loud_log_stay_as_they_are(monkeypatch: pytest.MonkeyPatch, loud: bool) -> None:
    other = CallbackNaturalLanguageGenerator(EndpointConfig("http://nowhere"))
    own = TemplatedNaturalLanguageGenerator({})
    log = logging.getLogger("rasa.core.nlg.response")
    monkeypatch.setattr(log, "isEnabledFor", lambda level: loud)
    for generator in (other, own):
        say_quickly(generator)
    assert "generate_from_slots" not in other.__dict__
    assert ("generate_from_slots" in own.__dict__) is not loud
