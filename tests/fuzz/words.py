"""What a customer wrote and what a browser says in its headers: text that is read, never refused."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cache

from bot.console.desk.security import client_address, own, own_path
from bot.console.desk.words import preferred
from bot.conversation.bursts import is_unfinished
from bot.conversation.questions import asks, is_question, wishes
from bot.conversation.wishes import says
from bot.faq.masking import masked
from bot.rasa_glue.nlu.language import language_of
from channels.telegram.words import command
from channels.web.guard import refusal
from survey_flows import answers
from survey_flows.loader import load_survey
from survey_flows.model import Survey
from survey_flows.questions import Rejected, type_of

_QUESTIONS = """
format: 1
key: all
title: {en: All}
touchpoint: test
languages: [en]
questions:
"""
_TYPES = {
    "nps": "",
    "ces": "version: '2.0'",
    "csat": "",
    "rating": "scale: [1, 5]",
    "number": "minimum: -5\n    maximum: 1000000",
    "yes_no": "",
    "date": "",
    "text": "",
    "contact": "",
    "choice": "options: [{key: a, label: {en: The price}}, {key: b, label: {en: Delivery 2}}]",
    "multi_choice": "options: [{key: a, label: {en: The price}}, {key: b, label: {en: Delivery 2}}]",
}
KINDS = tuple(_TYPES)
TODAY = "2026-11-26"
LANGUAGES = ("en", "de", "fr", "es")


@cache
def _survey() -> Survey:
    parts = [
        f"  - id: {kind}\n    type: {kind}\n    text: {{en: What?}}\n    {more}\n" for kind, more in _TYPES.items()
    ]
    return load_survey(_QUESTIONS + "".join(parts) + "endings: {done: {text: {en: Thanks.}}}\n")


def answer(data: bytes) -> object:
    """The question by the first byte, then what the customer wrote."""
    survey, text = _survey(), data[1:].decode("utf-8", "replace")
    first = data[0] if data else 0
    question = survey.nodes[first % len(survey.nodes)].question
    language = LANGUAGES[first // 16 % len(LANGUAGES)]
    return answers.read(question, text, language, LANGUAGES, TODAY)


def picked(data: bytes) -> object:
    """The question by the first byte, then a button's value, as any JSON."""
    survey, first = _survey(), data[0] if data else 0
    question = survey.nodes[first % len(survey.nodes)].question
    with suppress(ValueError, RecursionError, Rejected):
        return type_of(question).accept(question, json.loads(data[1:]), TODAY)
    return None


def wish(data: bytes) -> object:
    """What is looked for in any message, before the NLU reads it."""
    text = data.decode("utf-8", "replace")
    found = [says(text, "en", kind) for kind in ("stop", "human", "delete")]
    forms = asks(text, "de"), is_question(text, "en"), wishes(text, "en"), is_unfinished(text, "en")
    return found, forms, masked(text, "Ada Lovelace")


def language(data: bytes) -> object:
    text = data.decode("utf-8", "replace")
    return language_of(text, ("en", "de", "fr", "es"), "de", 20.0), command(text, "en")


def head(data: bytes) -> object:
    """Headers that a browser or a proxy sends."""
    text = data.decode("utf-8", "surrogateescape")
    given = dict.fromkeys(("host", "origin", "referer"), text)
    trusted = ("10.0.0.0/8", "127.0.0.1", "::1")
    found = [own(given, "https://conductor.example"), own_path(text), preferred(text)]
    found += [own({name: text}) for name in given]
    return (
        found,
        client_address("127.0.0.1", text, trusted),
        refusal(given, None),
        refusal(given, None, navigation=True),
    )
