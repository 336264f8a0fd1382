"""What a message means in its context: an answer, a wish, small talk, a question of the customer's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bot.conversation.nlu_result import FAQ_LANGUAGES
from bot.conversation.phrases import languages
from bot.conversation.state import Conversation, Message, Response
from bot.conversation.understand import understand
from bot.conversation.understood import Understood
from bot.conversation.wishes import says
from bot.faq.read import read_folder
from bot.rasa_glue.nlu.language import language_of as guessed
from bot.rasa_glue.training import ROOT
from survey_flows import engine, loader, serialise
from survey_flows.inputs import Said
from survey_flows.session import Context
from tests.doubles import NOON

SURVEY = loader.load_survey(
    """
format: 1
key: small
title: {en: Small}
touchpoint: test
languages: [en, it]
questions:
  - {id: score, type: nps, text: {en: "Score?", it: "Voto?"}}
  - {id: why, type: text, text: {en: "Why?", it: "Perché?"}}
endings:
  done: {text: {en: "Thanks.", it: "Grazie."}}
"""
)


class Nlu:
    """Understands every text as told."""

    def __init__(self, intent: str, confidence: float) -> None:
        rest = [("goodbye", 1 - confidence)] if intent == "thanks" else []
        ranking = [{"name": name, "confidence": share} for name, share in [(intent, confidence), *rest]]
        self.parsed = {"intent": {"name": intent, "confidence": confidence}, "intent_ranking": ranking}

    def language_of(self, text: str, language: str) -> tuple[str, float]:
        return guessed(text, languages(), language, 20.0)

    async def understand(self, text: str, language: str) -> Mapping[str, Any]:
        return self.parsed


async def understood_as(
    text: str, intent: str, confidence: float, at: str = "score", language: str = "en"
) -> Understood:
    """What is understood of `text` at the question `at` ("" for none open), the NLU having found `intent`."""
    return await heard(text, Nlu(intent, confidence), at, language)


async def heard(text: str, nlu: Nlu, at: str = "score", language: str = "en") -> Understood:
    """The same, with an NLU of one's own."""
    session = engine.start(SURVEY, Context("web", language, 1, NOON)).session
    if at == "why":
        session = engine.receive(SURVEY, session, Said("8"), NOON).session
    response = Response(1, "small", SURVEY.fingerprint, "test", False, serialise.dumps(session)) if at else None
    conversation = Conversation(1, 1, "web", "web", "ada", language, "survey", response=response)
    message = Message(1, "message", text, None, {}, NOON)
    return await understand(message, conversation, SURVEY if at else None, nlu)  # type: ignore[arg-type]


async def meaning(text: str, intent: str, confidence: float, at: str = "score", language: str = "en") -> str:
    """The intent handed to Rasa."""
    return str((await understood_as(text, intent, confidence, at, language)).parse_data["intent"]["name"])


@pytest.mark.parametrize(
    ("text", "nlu", "confidence", "expected"),
    [
        ("where can I find my invoice?", "faq", 0.77, "faq"),
        ("the invoice was missing", "faq", 0.95, "survey_answer"),  # no question, so it is the answer
        ("how about delivering on time?", "faq", 0.59, "survey_answer"),
        ("delete my data", "delete_data", 0.99, "delete_data"),
        ("delete the newsletter", "delete_data", 0.54, "survey_answer"),
        ("please stop sending me these surveys", "control_stop", 0.83, "survey_control"),
        ("thanks", "thanks", 1.0, "thanks"),
        ("bye", "goodbye", 0.99, "survey_control"),
        ("human", "control_human", 0.98, "survey_control"),
        ("the driver was rude and I want you to delete that route from your list", "delete_data", 0.9, "survey_answer"),
    ],
)
async def test_at_a_free_text_question(text: str, nlu: str, confidence: float, expected: str) -> None:
    assert await meaning(text, nlu, confidence, at="why") == expected


@pytest.mark.parametrize(
    ("text", "nlu", "confidence", "expected"),
    [
        ("can you fix my bicycle?", "nlu_fallback", 0.5, "out_of_scope"),
        ("is there a survey about shoes?", "survey_start", 0.51, "out_of_scope"),
        ("purple monkey", "out_of_scope", 0.99, "survey_unclear"),
        ("are you a robot?", "bot_challenge", 0.8, "bot_challenge"),
        ("can I talk to a person?", "control_human", 0.9, "survey_control"),
        ("bye", "goodbye", 0.99, "survey_control"),
        ("thanks, bye", "thanks", 0.55, "survey_control"),  # two in one, and the NLU is sure of neither
        ("stop asking me about parking, I want to complain", "nlu_fallback", 0.6, "complaint"),
        ("nobody helps me. human please", "nlu_fallback", 0.6, "survey_control"),
    ],
)
async def test_at_a_closed_question(text: str, nlu: str, confidence: float, expected: str) -> None:
    assert await meaning(text, nlu, confidence) == expected


@pytest.mark.parametrize(
    ("text", "nlu", "confidence", "expected"),
    [
        ("9", "nlu_fallback", 1.0, "survey_picked"),  # the survey is over: said so, not "I do not understand"
        ("I have a question", "survey_start", 0.57, "out_of_scope"),  # nothing is started on a guess
        ("feedback", "survey_start", 0.99, "survey_start"),
        ("STOP", "nlu_fallback", 1.0, "control_stop"),
    ],
)
async def test_without_a_survey(text: str, nlu: str, confidence: float, expected: str) -> None:
    assert await meaning(text, nlu, confidence, at="") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("wo ist mein paket", "faq"),
        ("kann ich die lieferadresse noch ändern", "faq"),
        ("dónde está mi pedido", "faq"),
        ("combien de temps pour recevoir ma commande", "faq"),
        ("puis-je changer l'adresse de livraison", "faq"),
        ("was late but the driver was kind", "survey_answer"),  # English, though "was …" opens a German question
        ("la entrega llegó tarde", "survey_answer"),
    ],
)
async def test_a_question_in_another_language_than_the_conversation_is_one(text: str, expected: str) -> None:
    assert await meaning(text, "faq", 0.9, at="why") == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("no", "en", "thanks"),
        ("ok great", "en", "thanks"),
        ("nein danke", "de", "thanks"),
        ("ok", "fr", "thanks"),
        ("two", "en", "out_of_scope"),
        ("yes", "en", "out_of_scope"),
        ("nothing", "en", "out_of_scope"),  # one word of which the NLU is hardly sure
        ("no invoice came", "en", "faq"),
    ],
)
async def test_the_end_of_a_conversation_is_no_question(text: str, language: str, expected: str) -> None:
    assert await meaning(text, "faq", 0.6, at="", language=language) == expected


@pytest.mark.parametrize(
    ("text", "confidence", "expected"),
    [
        ("It came on a Tuesday.", 0.75, "survey_unclear"),  # an account: the question is asked again
        ("refund status", 0.85, "faq"),
        ("when does it come", 0.55, "faq"),
        ("I need an invoice", 0.55, "faq"),
    ],
)
async def test_words_without_a_question_s_form_at_a_closed_question(
    text: str, confidence: float, expected: str
) -> None:
    assert await meaning(text, "faq", confidence) == expected


@pytest.mark.parametrize(
    ("text", "digression"),
    [
        ("8, wo ist mein Paket", "faq/parcel_tracking"),
        ("8, dónde está mi pedido", "faq/parcel_tracking"),
        ("8, was late", ""),
        ("where is my parcel? 8 btw", "faq/parcel_tracking"),
        ("8 by the way what are your opening hours", "faq/parcel_tracking"),  # this NLU hears nothing else
    ],
)
async def test_a_question_beside_a_score(text: str, digression: str) -> None:
    nlu = Nlu("faq", 0.9)
    best = {"intent_response_key": "faq/parcel_tracking", "confidence": 0.9}
    nlu.parsed["response_selector"] = {"faq": {"response": best}}
    nlu.parsed["intent_ranking"] = [{"name": "faq/parcel_tracking", "confidence": 0.9}]
    understood = await heard(text, nlu)
    assert understood.reading is not None
    assert (understood.reading.value, understood.digression) == (8, digression)


async def test_a_question_whose_answer_is_not_in_the_language_is_out_of_scope() -> None:
    assert await meaning("paypal ?", "faq", 0.99, language="it") == "out_of_scope"


def test_the_languages_of_the_faq_are_those_of_its_files() -> None:
    book = read_folder(ROOT / "dialogues/faq")
    for key in book.keys:
        assert {entry.language for entry in book.of_key(key)} == set(FAQ_LANGUAGES), key


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "Stopp",
        "arrêtez",
        "no más mensajes",
        "unsubscribe me please",
        "basta messaggi",
        "afmelden",
        "wypisz mnie",
    ],
)
def test_stop_is_understood_in_every_language(text: str) -> None:
    assert all(says(text, language, "stop") for language in languages())
    assert not says("the bus stop was far away", "en", "stop")
