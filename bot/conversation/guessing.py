""" "Did you mean …?": the bot is not sure which of its answers is wanted, so it offers the best three and a person.

Which they were is kept with the conversation until the customer's next message: that one is a pick (a button, a number,
"the second one", a title), "none of these", or something else, which is then understood as if nothing had been offered.
Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.conversation.phrases import languages, phrase
from survey_flows import answers
from survey_flows.model import Option, Question
from survey_flows.prompt import Choice, Prompt

FAQ_UNSURE = "faq_unsure"
"""Intent that the reader sets; a rule leads from it to `action_did_you_mean`."""
QUESTION = "did_you_mean"
"""Id of the question that the buttons send back. No node of a survey has it: those that authors write go by the
survey's own questions, and a pick of this one is never given to a survey."""
PERSON = "person"
MOST = 3
WORTH_OFFERING = 0.25
"""Confidence of the best guess from which on it is worth asking (`bot/rasa_glue/nlu/intent_model.py` gives 0.25 its
meaning: below it lie 5 % of the questions that could be answered)."""
FAR_BEHIND = 0.2
"""A guess with less than this share of the best one's confidence is left out."""

Titles = Mapping[tuple[str, str], str]
"""(language, key of an FAQ entry) → its title."""


@dataclass(frozen=True)
class Guess:
    """One FAQ entry that may have been meant. `key` without "faq/"."""

    key: str
    title: str
    beside: bool = False
    """Offered in passing, beside the survey's next question: a number then answers that question and picks nothing."""


@dataclass(frozen=True)
class Pick:
    """What the customer chose: an entry's key, `PERSON`, or "" for none of them."""

    key: str


def guesses(parsed: Mapping[str, Any], language: str, titles: Titles) -> tuple[Guess, ...]:
    """What to offer for parse data that are not sure enough to answer; empty where it is not worth asking."""
    if parsed.get("decision") != "offer":
        return ()
    found = [(str(c["name"]), float(c["confidence"])) for c in parsed.get("candidates") or ()]
    if not found or found[0][1] < WORTH_OFFERING:
        return ()
    near = [name.partition("/")[2] for name, confidence in found if confidence >= FAR_BEHIND * found[0][1]]
    return tuple(Guess(key, titles[language, key]) for key in near if (language, key) in titles)[:MOST]


def prompt(offered: Sequence[Guess], language: str) -> Prompt:
    """The question: the titles, and a person."""
    options = [*((guess.key, guess.title) for guess in offered), (PERSON, phrase("did_you_mean_person", language))]
    choices = tuple(Choice(key, label, keypad=str(number)) for number, (key, label) in enumerate(options, 1))
    return Prompt(QUESTION, "choice", phrase("did_you_mean", language), language, choices)


def in_passing(offered: Sequence[Guess], language: str, channel: str = "") -> str:
    """What is said of a question beside an answer that we are not sure to understand: it is not passed over."""
    if not offered:
        return phrase("beside_unknown", language, channel)
    titles = " / ".join(f'"{guess.title}"' for guess in offered)
    return phrase("beside_unsure", language, channel, titles=titles)


def picked(button: Mapping[str, Any] | None, titles: Titles, language: str) -> Pick | None:
    """What a pressed button means; None when it is no button of ours. An old one answers still: it says what it is."""
    if button is None or button.get("question") != QUESTION:
        return None
    key = button.get("value")
    return Pick(key) if key == PERSON or (isinstance(key, str) and (language, key) in titles) else Pick("")


def said(text: str, offered: Sequence[Guess], language: str) -> Pick | None:
    """What a text means as a choice among `offered`; None when it is something else."""
    if " ".join(text.casefold().strip(" .!").split()) in phrase("did_you_mean_none", language).split("|"):
        return Pick("")
    person = phrase("did_you_mean_person", language)
    options = tuple(Option(guess.key, {language: guess.title}) for guess in offered)
    question = Question(QUESTION, "choice", {}, options=(*options, Option(PERSON, {language: person})))
    if any(guess.beside for guess in offered) and not any(char.isalpha() for char in text):
        return None
    reading = answers.read(question, text, language, languages())
    if reading.kind == "control" and reading.value == "human":
        return Pick(PERSON)
    return Pick(str(reading.value)) if reading.kind == "value" and not reading.rest else None


def parse_data(key: str) -> dict[str, Any]:
    """Parse data of a customer who means the FAQ entry `key` for certain."""
    full = f"faq/{key}"
    response = {"intent_response_key": full, "utter_action": f"utter_{full}", "confidence": 1.0, "responses": []}
    return {
        "intent": {"name": "faq", "confidence": 1.0},
        "entities": [],
        "intent_ranking": [{"name": full, "confidence": 1.0}],
        "response_selector": {"all_retrieval_intents": ["faq"], "faq": {"response": response, "ranking": []}},
        "text": "",
    }


def as_json(offered: Sequence[Guess]) -> list[list[str]]:
    """What is kept with the conversation: key, title, and a mark where it was offered in passing."""
    return [[guess.key, guess.title, *(["beside"] if guess.beside else [])] for guess in offered]


def from_json(kept: Sequence[Sequence[str]]) -> tuple[Guess, ...]:
    """The other way round."""
    return tuple(Guess(str(key), str(title), bool(mark)) for key, title, *mark in kept)
