"""What the classifier and the language tagger make of a text, on data small enough to read."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from rasa.shared.nlu.training_data.message import Message
from sklearn.linear_model import LogisticRegression

from bot.learning import linear
from bot.learning.features import Vectoriser, normalised
from bot.rasa_glue.nlu import kernel
from bot.rasa_glue.nlu.classifier import decision, response_selector, verdict
from bot.rasa_glue.nlu.intent_model import Cutoffs, IntentModel
from bot.rasa_glue.nlu.language import LanguageTagger, identifier, language_of, likelihoods
from bot.rasa_glue.nlu.teaching import HeldOut, Lesson, chosen, cutoffs, folds, held_out, matrix, train

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
    return train(Lesson(TEXTS, INTENTS))


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
    two = train(Lesson(["yes", "yes please", "no", "no thanks"], ["affirm", "affirm", "deny", "deny"]))
    assert two.rank("yes")[0][0] == "affirm"


def test_one_intent_is_too_few():
    with pytest.raises(ValueError, match="two intents"):
        train(Lesson(["yes"], ["affirm"]))


def test_training_twice_gives_the_same_model(model):
    assert train(Lesson(TEXTS, INTENTS)).rank("my refund is late") == model.rank("my refund is late")


BENT = [(0.0, 0.0), (0.1, 0.25), (0.3, 0.5), (1.0, 1.0), (0.05, 0.125), (0.2, 0.375), (0.65, 0.75)]


@pytest.mark.parametrize(("raw", "confidence"), BENT)
def test_scores_are_bent_at_both_cutoffs(raw, confidence):
    assert Cutoffs(answer=0.3, offer=0.1).bent(np.array([raw]))[0] == pytest.approx(confidence)


def held(score: float, right: bool = True, intent: str = "faq/refund") -> HeldOut:
    return HeldOut(0, intent, (intent if right else "greet",), score)


def test_seven_in_a_hundred_of_the_rightly_understood_are_offered_and_a_twentieth_of_all_handed_over():
    seen = [held(number / 100) for number in range(101)]
    found = cutoffs(seen, Counter({"faq/refund": 101}))
    assert (found.answer, found.offer) == (pytest.approx(0.07), pytest.approx(0.05))


def test_what_is_out_of_scope_or_was_taught_once_sets_no_cutoff():
    seen = [held(0.9), held(0.01, intent="out_of_scope"), held(0.01, intent="once")]
    assert cutoffs(seen, Counter({"faq/refund": 5, "out_of_scope": 5, "once": 1})).answer == pytest.approx(0.9)


def test_without_anything_understood_there_are_cautious_cutoffs():
    assert cutoffs([held(0.4, right=False)], Counter({"faq/refund": 5})) == Cutoffs(answer=0.5, offer=0.25)


def test_the_kind_that_understands_more_is_chosen():
    """Cross-validation decides, so its own counts must bear it out."""
    kind, seen = chosen(Lesson(TEXTS, INTENTS))
    right = {k: sum(h.right for h in held_out(Lesson(TEXTS, INTENTS), k)) for k in ("firm", "regression")}
    assert right[kind] == max(right.values()) == sum(h.right for h in seen)


def test_an_intents_name_is_a_phrasing():
    taught = Lesson(["a b", "c d"], ["faq/opening_hours", "out_of_scope"]).named()
    assert (list(taught.texts), list(taught.intents)) == (
        ["a b", "c d", "opening hours"],
        ["faq/opening_hours", "out_of_scope", "faq/opening_hours"],
    )
    model = train(Lesson([*TEXTS, "zip", "zap"], [*INTENTS, "cancel_order", "cancel_order"]))
    assert model.rank("cancel order")[0][0] == "cancel_order"


def test_the_regression_is_the_one_that_scikit_learn_finds():
    """Solved among the phrasings instead of among the n-grams: the same weights."""
    phrasings = matrix(Vectoriser.learn(TEXTS), TEXTS)
    ours, names = linear.fit("regression", phrasings, INTENTS)
    plain = LogisticRegression(C=linear.REGRESSION_COST, max_iter=1000, class_weight="balanced", tol=1e-8)
    plain.fit(phrasings, INTENTS)
    assert list(names) == list(plain.classes_)
    assert np.allclose(ours.weights.T, plain.coef_, atol=0.02)


def test_landmarks_stand_for_all(monkeypatch):
    """Half of the phrasings, and still each of all is nearest to its own intent."""
    vectors = np.eye(8, dtype=np.float32)[[0, 0, 0, 0, 3, 3, 3, 3]]
    monkeypatch.setattr(kernel, "MOST", 4)
    monkeypatch.setattr(kernel, "LANDMARKS", 4)
    found = kernel.fit(vectors, ["a"] * 4 + ["b"] * 4)
    assert len(found.landmarks) == 4
    assert [int(found.probabilities(found.landmarks @ vector).argmax()) for vector in vectors] == [0] * 4 + [1] * 4


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


def ranking(*ranked: tuple[str, float]) -> list[dict]:
    return [{"name": name, "confidence": confidence} for name, confidence in ranked]


VERDICTS = [
    # the ranking, the intent and its confidence, what is to be done
    ([("faq/refund", 0.9)], "faq", 0.9, "answer"),
    ([("greet", 0.5)], "greet", 0.5, "answer"),
    ([("faq/refund", 0.6), ("faq/return", 0.55)], "faq", 0.6, "offer"),  # both would do: asked back
    ([("faq/refund", 0.6), ("faq/return", 0.45)], "faq", 0.6, "answer"),
    ([("greet", 0.6), ("thanks", 0.55)], "greet", 0.6, "answer"),  # nothing that could be offered
    ([("faq/refund", 0.4)], "nlu_fallback", 0.6, "offer"),
    ([("faq/refund", 0.25)], "nlu_fallback", 0.75, "offer"),
    ([("faq/refund", 0.24)], "nlu_fallback", 0.76, "hand_over"),
    ([("out_of_scope", 0.9), ("faq/refund", 0.6)], "out_of_scope", 0.9, "hand_over"),
    ([("out_of_scope", 0.4)], "nlu_fallback", 0.6, "hand_over"),
    ([], "nlu_fallback", 1.0, "hand_over"),
]


@pytest.mark.parametrize(("ranked", "intent", "confidence", "done"), VERDICTS)
def test_verdict_and_decision(ranked, intent, confidence, done):
    assert verdict(ranking(*ranked)) == {"name": intent, "confidence": pytest.approx(confidence)}
    assert decision(ranking(*ranked)) == done


def test_the_response_selector_names_the_best_entry_even_behind_another_intent():
    found = response_selector(ranking(("greet", 0.5), ("faq/refund", 0.4), ("faq/parcel", 0.1)))
    assert found["all_retrieval_intents"] == ["faq"]
    assert found["faq"]["response"]["utter_action"] == "utter_faq/refund"
    assert [guess["intent_response_key"] for guess in found["faq"]["ranking"]] == ["faq/refund", "faq/parcel"]


LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl")
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


@pytest.mark.parametrize(
    "text", ["", "ok", "7", "Wo ist meine Sendung?", "¿dónde está mi pedido?", "\ud800 half", "日本語", "é" * 500]
)
def test_languages_are_as_likely_as_the_identifier_says(text: str) -> None:
    model = identifier(LANGUAGES)
    assert likelihoods(model, text) == pytest.approx(dict(model.rank(text)), abs=1e-4)


def test_a_text_is_looked_at_once_for_the_same_languages_in_any_order():
    likelihoods.cache_clear()
    first = language_of("where is my refund", LANGUAGES, "en", 20.0)
    assert language_of("where is my refund", LANGUAGES[::-1], "en", 20.0) == first
    assert language_of("where is my refund", LANGUAGES[:2], "en", 20.0) != first
    assert likelihoods.cache_info().misses == 2


def test_an_unknown_language_in_the_config_is_named():
    with pytest.raises(ValueError, match="xx"):
        language_of("hello", ("en", "xx"), "", 1.0)


async def test_the_pipeline_reports_language_ranking_and_entry(agent):
    parsed = await agent.understand("where is my refund", "en")
    assert parsed["language"] == "en"
    assert parsed["intent"]["name"] == "faq"
    assert parsed["intent_ranking"][0]["name"] == "faq/refund"
    assert parsed["response_selector"]["faq"]["response"]["utter_action"] == "utter_faq/refund"


@pytest.mark.parametrize(
    ("known", "expected"), [({"language": "de"}, "en"), ({"language": "de", "language_chosen": True}, "de")]
)
def test_who_asked_for_a_language_is_not_second_guessed(known, expected):
    tagger = LanguageTagger({"languages": ["en", "de"], "prior_weight": 1.0})
    message = Message(data={"text": "where is the parcel that I ordered", "metadata": known})
    assert tagger.process([message])[0].get("language") == expected
