""" "Did you mean": what is offered, and what the customer's next message means."""

from __future__ import annotations

import pytest

from bot.conversation import guessing
from bot.conversation.guessing import PERSON, QUESTION, Guess, Pick
from bot.conversation.phrases import languages
from bot.conversation.state import Conversation, Message, Response
from bot.conversation.understand import understand
from survey_flows import engine, serialise
from survey_flows.loader import load_survey
from survey_flows.session import Context
from tests.doubles import NOON

TITLES = {
    ("en", "refund"): "Where is my refund?",
    ("en", "return"): "How do I send something back?",
    ("en", "invoice"): "Where is the invoice?",
    ("en", "privacy"): "What do you store about me?",
    ("de", "refund"): "Wo ist meine Erstattung?",
}
OFFERED = tuple(Guess(key, TITLES["en", key]) for key in ("refund", "return", "invoice"))


def parsed(*candidates: tuple[str, float], decision: str = "offer") -> dict:
    return {"decision": decision, "candidates": [{"name": f"faq/{key}", "confidence": c} for key, c in candidates]}


OFFERS = [
    (parsed(("refund", 0.4), ("return", 0.3), ("invoice", 0.2)), "en", ["refund", "return", "invoice"]),
    (parsed(("refund", 0.4), ("return", 0.01)), "en", ["refund"]),  # far behind: it would look silly
    (parsed(("refund", 0.2)), "en", []),  # something else was likelier, and this is no good guess
    (parsed(("refund", 0.4), ("gone", 0.4)), "en", ["refund"]),  # no title, so no file
    (parsed(("refund", 0.4)), "fr", []),  # no answer in this language
    (parsed(("refund", 0.4), ("return", 0.4)), "de", ["refund"]),
    (parsed(("refund", 0.1), decision="hand_over"), "en", []),
    (parsed(("refund", 0.9), decision="answer"), "en", []),
    ({}, "en", []),  # a pipeline of somebody's own
]


@pytest.mark.parametrize(("found", "language", "expected"), OFFERS)
def test_what_is_offered(found, language, expected):
    assert [guess.key for guess in guessing.guesses(found, language, TITLES)] == expected


@pytest.mark.parametrize("language", languages())
def test_the_question_offers_the_titles_and_a_person(language):
    prompt = guessing.prompt(OFFERED, language)
    assert [choice.value for choice in prompt.choices] == ["refund", "return", "invoice", PERSON]
    assert [choice.keypad for choice in prompt.choices] == ["1", "2", "3", "4"]
    assert prompt.choices[0].label == "Where is my refund?"
    assert len(prompt.choices[3].label) <= 24  # an item of WhatsApp's list


SAID = [
    ("1", "refund"),
    ("2", "return"),
    ("the second one", "return"),
    ("3.", "invoice"),
    ("4", PERSON),
    ("b", "return"),
    ("the last one", PERSON),
    ("Where is my refund?", "refund"),
    ("refund", "refund"),
    ("a person please", PERSON),
    ("agent", PERSON),
    ("none of these", ""),
    ("None of them.", ""),
    ("no", ""),
    # something else: it is understood as if nothing had been offered
    ("10", None),
    ("5", None),
    ("stop", None),
    ("my parcel is late", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "expected"), SAID)
def test_a_text_as_a_choice(text, expected):
    assert guessing.said(text, OFFERED, "en") == (None if expected is None else Pick(expected))


NONE_OF_THEM = [("de", "keins davon"), ("fr", "aucune"), ("es", "ninguna de estas"), ("en", "neither")]


@pytest.mark.parametrize(("language", "text"), NONE_OF_THEM)
def test_none_of_them_in_each_language(language, text):
    assert guessing.said(text, OFFERED, language) == Pick("")


PRESSED = [
    ({"question": QUESTION, "value": "return"}, Pick("return")),
    ({"question": QUESTION, "value": PERSON}, Pick(PERSON)),
    ({"question": QUESTION, "value": "gone"}, Pick("")),  # an old button of an entry that was deleted
    ({"question": QUESTION, "value": ["refund"]}, Pick("")),
    ({"question": QUESTION}, Pick("")),
    ({"question": "score", "value": "return"}, None),
    (None, None),
]


@pytest.mark.parametrize(("button", "expected"), PRESSED)
def test_a_pressed_button(button, expected):
    assert guessing.picked(button, TITLES, "en") == expected


def test_what_is_kept_comes_back_as_it_was():
    assert guessing.from_json(guessing.as_json(OFFERED)) == OFFERED


class Deaf:
    """Understands nothing, so that whatever is understood was not asked of it."""

    def language_of(self, text: str, language: str) -> tuple[str, float]:
        return language, 1.0

    async def understand(self, text: str, language: str) -> dict:
        return {"intent": {"name": "nlu_fallback", "confidence": 1.0}, "intent_ranking": []}


MEANT = [("2", "faq/return"), ("agent", "control_human"), ("none of these", "out_of_scope")]


@pytest.mark.parametrize(("text", "expected"), MEANT)
async def test_a_choice_becomes_an_answer_a_person_or_an_honest_no(text, expected):
    from bot.conversation.ports import full_intent

    kept = guessing.as_json(OFFERED)
    conversation = Conversation(1, 1, "web", "web", "ada", "en", "bot", guesses=kept)
    found = await understand(Message(1, "message", text, None, {}, NOON), conversation, None, Deaf(), titles=TITLES)
    assert full_intent(found.parse_data) == expected


async def test_an_unsure_question_is_asked_back():
    class Unsure(Deaf):
        async def understand(self, text: str, language: str) -> dict:
            return {**await super().understand(text, language), **parsed(("refund", 0.4), ("return", 0.3))}

    conversation = Conversation(1, 1, "web", "web", "ada", "en", "bot")
    message = Message(1, "message", "money thing", None, {}, NOON)
    found = await understand(message, conversation, None, Unsure(), titles=TITLES)
    assert found.parse_data["intent"]["name"] == guessing.FAQ_UNSURE
    assert [guess.key for guess in found.guesses] == ["refund", "return"]


class Half(Deaf):
    """Half understands a question: `found`, best first."""

    def __init__(self, *found: tuple[str, float]) -> None:
        self.found = found

    async def understand(self, text: str, language: str) -> dict:
        return {**await super().understand(text, language), **parsed(*self.found)}


async def beside(text: str, nlu: Half):
    """What the survey's step does with an answer that may have a question beside it."""
    from bot.conversation import conduct
    from bot.conversation.operations import decode
    from bot.conversation.turn import TurnInput

    survey = load_survey(ONE_MORE)
    session = serialise.dumps(engine.start(survey, Context("web", "en", 1, NOON)).session)
    response = Response(1, "small", survey.fingerprint, "test", False, session)
    conversation = Conversation(1, 1, "web", "web", "ada", "en", "survey", response=response)
    found = await understand(Message(1, "message", text, None, {}, NOON), conversation, survey, nlu, titles=TITLES)
    turn = TurnInput(
        1, 1, "web", "en", "survey", NOON, said=text, session=session, fingerprint=survey.fingerprint,
        reading={**found.reading.as_dict(), "rest": found.reading.rest}, digression=found.digression,
        guesses=guessing.as_json(found.guesses), asked=found.asked,
    )  # fmt: skip
    return [decode(data) for data in conduct.proceed(survey, turn).decision.operations]


ONE_MORE = """
format: 1
key: small
title: {en: Small}
touchpoint: test
languages: [en]
questions:
  - {id: score, type: nps, text: {en: "How likely?"}}
  - {id: more, type: nps, text: {en: "And now?"}}
endings:
  done: {text: {en: Thanks.}}
"""
BESIDE = [
    ("8, but where is my thing?", [("refund", 0.4), ("return", 0.3)], ["refund", "return"], "Did you mean"),
    ("8, but where is my thing?", [], [], "no answer to your question"),
    ("8, but the driver was rude", [("refund", 0.4)], [], ""),
    ("8", [("refund", 0.4)], [], ""),
]


@pytest.mark.parametrize(("text", "found", "kept", "said"), BESIDE)
async def test_a_question_beside_an_answer_is_not_passed_over(text, found, kept, said):
    done = await beside(text, Half(*found))
    by_kind = {type(operation).__name__: operation for operation in done}
    assert by_kind["Recorded"].value == 8
    assert by_kind["Ask"].prompt.text.startswith("And now?")  # the survey goes on
    assert list(by_kind["KeepGuesses"].keys if "KeepGuesses" in by_kind else ()) == kept
    assert said in (by_kind["Say"].text if "Say" in by_kind else "")


@pytest.mark.parametrize(("text", "picks"), [("2", False), ("9/10", False), ("agent", True), ("none of these", True)])
def test_what_was_offered_in_passing_takes_no_number(text, picks):
    passing = tuple(guessing.Guess(g.key, g.title, beside=True) for g in OFFERED)
    assert (guessing.said(text, guessing.from_json(guessing.as_json(passing)), "en") is not None) == picks
