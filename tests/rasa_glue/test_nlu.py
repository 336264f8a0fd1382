"""What the classifier and the language tagger make of a text, on data small enough to read."""

from __future__ import annotations

import numpy as np
import pytest

from bot.rasa_glue.nlu.classifier import ConductorClassifier, response_selector
from bot.rasa_glue.nlu.features import Vectoriser, normalised
from bot.rasa_glue.nlu.intent_model import IntentModel, bent, folds, train
from bot.rasa_glue.nlu.language import language_of

PHRASINGS = {
    "faq/refund": ["where is my refund", "I want a refund", "how long is a refund", "refund please", "my refund"],
    "faq/parcel": ["where is my parcel", "track my parcel", "my parcel is late", "parcel please", "my parcel"],
    "greet": ["hello", "hello there", "good morning", "good evening", "hello hello"],
    "out_of_scope": ["who won the match", "tell me a joke", "order a pizza", "sing a song", "a poem"],
}
TEXTS = [text for texts in PHRASINGS.values() for text in texts]
INTENTS = [intent for intent, texts in PHRASINGS.items() for _ in texts]


@pytest.fixture(scope="module")
def model() -> IntentModel:
    return train(TEXTS, INTENTS)


UNDERSTOOD = [
    ("where's my refund?", "faq/refund"),
    ("REFUND", "faq/refund"),
    ("were is my refnd", "faq/refund"),
    ("my parcels", "faq/parcel"),
    ("Hello!", "greet"),
    ("a pizza", "out_of_scope"),
]


@pytest.mark.parametrize(("text", "intent"), UNDERSTOOD)
def test_best_intent(model, text, intent):
    assert model.rank(text)[0][0] == intent


@pytest.mark.parametrize("text", ["qwrtz uiopü", "the quarterly synergy roadmap", "🦄🦄🦄", "", "7", "١٢٣"])
def test_what_was_never_taught_is_not_answered(model, text):
    assert model.rank(text)[0][1] < 0.5


@pytest.mark.parametrize("text", TEXTS[:15])
def test_a_training_phrasing_is_answered(model, text):
    assert model.rank(text)[0][1] >= 0.5


def test_confidences_lie_between_0_and_1_best_first(model):
    confidences = [confidence for _, confidence in model.rank("where is my parcel")]
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 <= confidence <= 1 for confidence in confidences)


def test_a_saved_model_ranks_the_same(model, tmp_path):
    model.save(tmp_path)
    assert IntentModel.load(tmp_path).rank("where is my refund") == model.rank("where is my refund")
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".npz"}


def test_two_intents_are_enough():
    two = train(["yes", "yes please", "no", "no thanks"], ["affirm", "affirm", "deny", "deny"])
    assert two.rank("yes")[0][0] == "affirm"


def test_one_intent_is_too_few():
    with pytest.raises(ValueError, match="two intents"):
        train(["yes"], ["affirm"])


def test_training_twice_gives_the_same_model(model):
    assert train(TEXTS, INTENTS).rank("my refund is late") == model.rank("my refund is late")


@pytest.mark.parametrize(("raw", "confidence"), [(0.0, 0.0), (0.3, 0.5), (1.0, 1.0), (0.15, 0.25), (0.65, 0.75)])
def test_calibration_bends_at_the_answering_point(raw, confidence):
    assert bent(np.array([raw]), 0.3)[0] == pytest.approx(confidence)


def test_folds_spread_every_intent():
    assert folds(["a"] * 5 + ["b"] * 2) == [0, 1, 2, 3, 4, 0, 1]


@pytest.mark.parametrize(("one", "other"), [("Rückgabe", "RUCKGABE"), ("café", "cafe"), ("ﬁne", "fine")])
def test_spellings_that_are_one(one, other):
    assert normalised(one) == normalised(other)


def test_strange_words_shorten_what_is_known():
    vectoriser = Vectoriser.learn(TEXTS)
    alone, among = (float((vectoriser.vector(text)[1] ** 2).sum()) for text in ("refund", "refund xylophone quartz"))
    assert alone == pytest.approx(2.0, abs=1e-5)
    assert among < 1.0


def verdict(*ranked: tuple[str, float]) -> dict:
    classifier = ConductorClassifier(ConductorClassifier.get_default_config(), None, None)
    return classifier.verdict([{"name": name, "confidence": confidence} for name, confidence in ranked])


VERDICTS = [
    ([("faq/refund", 0.9)], "faq", 0.9),
    ([("greet", 0.5)], "greet", 0.5),
    ([("faq/refund", 0.4)], "nlu_fallback", 0.6),
    ([("out_of_scope", 0.9), ("faq/refund", 0.6)], "out_of_scope", 0.9),
    ([("out_of_scope", 0.4)], "nlu_fallback", 0.6),
    ([], "nlu_fallback", 1.0),
]


@pytest.mark.parametrize(("ranked", "intent", "confidence"), VERDICTS)
def test_verdict(ranked, intent, confidence):
    assert verdict(*ranked) == {"name": intent, "confidence": pytest.approx(confidence)}


def test_the_response_selector_names_the_best_entry_even_behind_another_intent():
    names = [("greet", 0.5), ("faq/refund", 0.4), ("faq/parcel", 0.1)]
    found = response_selector([{"name": name, "confidence": confidence} for name, confidence in names])
    assert found["all_retrieval_intents"] == ["faq"]
    assert found["faq"]["response"]["utter_action"] == "utter_faq/refund"
    assert [guess["intent_response_key"] for guess in found["faq"]["ranking"]] == ["faq/refund", "faq/parcel"]


LANGUAGES = ("en", "de", "fr", "es")
TONGUES = [
    # text, the conversation's language, the message's language
    ("Wo ist denn mein Paket geblieben?", "en", "de"),
    ("Where is the parcel that I ordered?", "de", "en"),
    ("Où est passé mon colis, s'il vous plaît ?", "en", "fr"),
    ("¿Dónde está mi paquete, por favor?", "en", "es"),
    ("ok", "de", "de"),
    ("7", "fr", "fr"),
    ("", "es", "es"),
]


@pytest.mark.parametrize(("text", "conversation", "expected"), TONGUES)
def test_language(text, conversation, expected):
    language, confidence = language_of(text, LANGUAGES, conversation, 20.0)
    assert language == expected
    assert 0 < confidence <= 1


def test_an_unknown_language_in_the_config_is_named():
    with pytest.raises(ValueError, match="xx"):
        language_of("hello", ("en", "xx"), "", 1.0)


async def test_the_pipeline_reports_language_ranking_and_entry(agent):
    parsed = await agent.understand("where is my refund", "en")
    assert parsed["language"] == "en"
    assert parsed["intent"]["name"] == "faq"
    assert parsed["intent_ranking"][0]["name"] == "faq/refund"
    assert parsed["response_selector"]["faq"]["response"]["utter_action"] == "utter_faq/refund"
