"""Texts: what is filled in, what happens when it is not known, and that every language has every phrase."""

from __future__ import annotations

import re
import string
from typing import Any

import pytest

from survey_flows import serialise, wording
from survey_flows.reading import value
from survey_flows.session import Session
from tests.survey_flows.support import talk

GREETING = "attributes: {{name: {{fallback: {{en: there, de: ''}}}}, day: {{type: date}}}}\ngreeting: {{en: '{0}', de: '{0}'}}\nquestions: [{{id: a, type: text, text: A}}]"  # noqa: E501


@pytest.mark.parametrize(
    ("text", "language", "attributes", "said"),
    [
        ("Hi {contact.name}!", "en", {"name": "Ada"}, "Hi Ada!"),
        ("Hi {contact.name}!", "en", {}, "Hi there!"),
        ("Hallo {contact.name}!", "de", {}, "Hallo!"),
        ("Hallo {contact.name}, gut?", "de", {}, "Hallo, gut?"),
        ("Bonjour {contact.name} !", "de", {}, "Bonjour !"),
        ("{contact.name}, how are you?", "de", {}, "how are you?"),
        ("Hi {contact.name|friend}!", "en", {}, "Hi friend!"),
        ("{{plain}} {contact.name}", "en", {}, "{plain} there"),
        ("On {contact.day}", "de", {"day": "2026-03-05"}, "On 5. März 2026"),
        ("Hi {contact.name}!", "en", {"name": "{contact.day}"}, "Hi {contact.day}!"),
    ],
)
def test_pipes(text: str, language: str, attributes: dict[str, Any], said: str) -> None:
    assert talk(GREETING.format(text), language=language, attributes=attributes).said == [said]


def test_a_long_answer_does_not_flood_the_next_question() -> None:
    t = talk('questions: [{id: a, type: text, text: A}, {id: b, type: text, text: "You said {a}."}]').send(
        value("x" * 9000)
    )
    assert len(t.asked or "") < 250


def test_a_skipped_answer_leaves_its_fallback() -> None:
    body = 'questions: [{id: a, type: text, text: A, reasks: 0}, {id: b, type: text, text: "About {a|that}?"}]'
    assert talk(body).send("skip").asked == "About that?"


def shape(item: Any) -> Any:
    """A phrase file without its words: the keys, the number of variants, and the names filled in."""
    if isinstance(item, dict):
        return {key: shape(inner) for key, inner in item.items()}
    if isinstance(item, list):
        return [shape(inner) for inner in item]
    return sorted({name for _, name, _, _ in string.Formatter().parse(item) if name})


@pytest.mark.parametrize("language", sorted(wording.available() - {"en"}))
def test_every_language_has_every_phrase(language: str) -> None:
    assert set(wording.phrases(language)) == set(wording.phrases("en"))
    theirs, ours = shape(wording.phrases(language)), shape(wording.phrases("en"))
    assert {k: v for k, v in theirs.items() if k != "reask"} == {k: v for k, v in ours.items() if k != "reask"}
    for form, variants in theirs["reask"].items():
        assert len(variants) == len(ours["reask"][form]) == 3
        assert all("question" in names for names in variants)


WRITING = re.compile(
    r"(?i)write|\bsend|schreib|senden|écri|envoy|escrib|escríb|env[ií]|scriv|mandi|schrijf|stuur|escrev|envie|napis|wyśl"
    r"|\btap|\bclick|from the list|der liste|de la lista|da lista|uit de lijst|z listy"
)
"""Words of somebody who writes and looks."""


@pytest.mark.parametrize("language", sorted(wording.available()))
def test_the_same_words_are_read_and_heard_so_nobody_is_told_to_write(language: str) -> None:
    assert [words for words in _texts(wording.phrases(language)) if WRITING.search(words)] == []


def _texts(item: Any) -> list[str]:
    inner = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
    return [item] if isinstance(item, str) else [text for each in inner for text in _texts(each)]


SAVED = serialise.dumps(Session("stay", "f1", "en", "sms", 1, "2026-01-05T10:00:00+00:00"))


@pytest.mark.parametrize(
    "text",
    ["", "{", "{}", "null", "[]", "[1]", SAVED.replace("[1,", "[2,", 1), SAVED[:-1], SAVED + SAVED, f"[1{',0' * 18}]"],
)
def test_what_is_no_saved_session_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - JSON's own errors are ValueErrors too
        serialise.loads(text)
