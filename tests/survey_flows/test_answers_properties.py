"""Whatever is typed: no error, and never a value outside what the question allows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from survey_flows.answers import available, read
from survey_flows.answers.automaton import Automaton
from survey_flows.answers.lexicon import lexicon
from survey_flows.answers.normalise import words
from survey_flows.answers.phrases import Table, expand
from survey_flows.answers.spelling import distance
from survey_flows.model import Option, Question
from survey_flows.reading import CONTROLS, Reading, value

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl")
OPTIONS = tuple(
    Option(key, dict.fromkeys(LANGUAGES, label)) for key, label in (("a1", "Speed"), ("a2", "Parking"), ("a3", "Staff"))
)
QUESTIONS = {
    "nps": Question("q", "nps", {}),
    "ces": Question("q", "ces", {}, version="2.0"),
    "csat": Question("q", "csat", {}),
    "rating": Question("q", "rating", {}, scale=(1, 7)),
    "choice": Question("q", "choice", {}, options=OPTIONS),
    "multi_choice": Question("q", "multi_choice", {}, options=OPTIONS, at_most=2),
    "yes_no": Question("q", "yes_no", {}),
    "consent": Question("q", "consent", {}),
    "number": Question("q", "number", {}, minimum=0, maximum=50, whole=True),
    "text": Question("q", "text", {}),
    "date": Question("q", "date", {}, kind="past"),
    "contact": Question("q", "contact", {}),
    "message": Question("q", "message", {}),
}
TODAY = "2026-11-22"
KEYS = {option.key for option in OPTIONS}

WORDS = st.sampled_from(
    (
        *(
            "8",
            "9",
            "10",
            "3-4",
            "7,5",
            "-3",
            "9/10",
            "½",
            "九",
            "١٠",
            "%",
            "€",
            ":",
            "?",
            "!",
            ",",
            ".",
            "(",
            "⭐",
            "👍",
        ),
        *(
            "not",
            "a",
            "no",
            "yes",
            "or",
            "and",
            "of",
            "all",
            "except",
            "none",
            "both",
            "last",
            "second",
            "nicht",
            "keine",
        ),
        *(
            "oder",
            "von",
            "bis",
            "eine",
            "pas",
            "sur",
            "ou",
            "un",
            "o",
            "de",
            "parking",
            "speed",
            "stop",
            "back",
            "I meant",
        ),
        *("in German", "yesterday", "24.12.", "next friday", "+49 30 901820", "me@example.com"),
        *("non", "niet", "não", "nie", "basta", "su", "na", "i", "więcej", "messages", "no more", "wszystko", "oprócz"),
    )
)
TEXTS = st.one_of(
    st.text(max_size=300),
    st.text(st.characters(blacklist_categories=()), max_size=100),
    st.lists(WORDS, max_size=12).map(" ".join),
)


def in_domain(kind: str, reading: Reading) -> bool:
    value = reading.value
    ends = {"nps": (0, 10), "ces": (1, 7), "csat": (1, 5), "rating": (1, 7), "number": (0, 50)}
    if kind in ends:
        return type(value) is int and ends[kind][0] <= value <= ends[kind][1]
    if kind in ("yes_no", "consent"):
        return type(value) is bool
    if kind == "choice":
        return value in KEYS
    if kind == "multi_choice":
        return len(set(value)) == len(value) <= 2 and set(value) <= KEYS
    if kind == "date":
        return date.fromisoformat(value) <= date.fromisoformat(TODAY)
    if kind == "contact":
        return "@" in value or value.startswith("+")
    return kind == "text" and bool(value.strip())


@pytest.mark.parametrize("kind", QUESTIONS)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=TEXTS, language=st.sampled_from(LANGUAGES))
def test_no_text_breaks_a_reader_or_its_domain(kind: str, text: str, language: str) -> None:
    reading = read(QUESTIONS[kind], text, language, LANGUAGES, TODAY)

    assert read(QUESTIONS[kind], text, language, LANGUAGES, TODAY) == reading
    assert json.loads(json.dumps(reading.as_dict())) == reading.as_dict()
    if reading.kind == "value":
        assert in_domain(kind, reading)
    elif reading.kind == "control":
        assert reading.value in CONTROLS
    elif reading.kind == "ambiguous":
        assert reading.candidates
    elif reading.outside is not None:
        assert not in_domain(kind, value(reading.outside))
        assert json.loads(json.dumps(reading.as_json())) == reading.as_json()
    else:
        assert reading == Reading("none")


@pytest.mark.parametrize("kind", QUESTIONS)
@pytest.mark.parametrize(
    "piece", ["9 ", "a\u0301\u0316", "‏שלום ", "\ud800", "not 8 or ", "1,", "((", "+49 1", "a@b.", "⭐", "\n", "'"]
)
def test_a_hundred_kilobytes_are_read(kind: str, piece: str) -> None:
    reading = read(QUESTIONS[kind], piece * (100_000 // len(piece)), "en", LANGUAGES, TODAY)

    assert reading.kind in ("value", "ambiguous", "none")


@pytest.mark.parametrize("language", available())
@pytest.mark.parametrize("number", range(101))
def test_every_number_word_is_understood(language: str, number: int) -> None:
    words = lexicon(language).number_words[number]
    question = Question("q", "number", {}, minimum=0, maximum=100, whole=True)

    for pattern in words:
        for word in expand(pattern):
            assert read(question, word, language, (language,)).value == number, word


def test_an_option_wins_over_a_control_of_the_same_name() -> None:
    question = Question("q", "choice", {}, options=(Option("help", {"en": "Help"}), Option("stop", {"en": "Stop"})))

    assert read(question, "Stop!", "en", ("en",)).value == "stop"
    assert read(question, "skip", "en", ("en",)).kind == "control"


def test_seven_and_a_half_is_rounded_where_the_survey_says_so() -> None:
    question = Question("q", "nps", {}, halves="round")

    assert read(question, "7.5", "en", ("en",)).value == 8
    assert read(question, "7,4", "de", ("de",)).value == 7


def test_too_many_or_too_few_options_are_asked_back() -> None:
    question = Question("q", "multi_choice", {}, options=OPTIONS, at_least=2, at_most=2)

    assert read(question, "1, 2, 3", "en", ("en",)).candidates == ("a1", "a2", "a3")
    assert read(question, "parking", "en", ("en",)).candidates == ("a2",)
    assert read(question, "speed, parking", "en", ("en",)).value == ["a1", "a2"]


def test_relative_days_need_to_know_today() -> None:
    question = Question("q", "date", {})

    assert read(question, "yesterday", "en", ("en",)).kind == "none"
    assert read(question, "2026-12-24", "en", ("en",)).value == "2026-12-24"


def test_contact_keeps_to_its_kind() -> None:
    phone, mail = Question("q", "contact", {}, kind="phone"), Question("q", "contact", {}, kind="mail")

    assert read(phone, "me@example.com", "en", ("en",)).kind == "none"
    assert read(mail, "+49 30 901820", "en", ("en",)).kind == "none"


def test_a_long_story_after_the_answer_is_handed_on() -> None:
    story = "8 because " + "the parcel was late " * 200

    reading = read(Question("q", "nps", {}), story, "en", ("en",))

    assert reading.value == 8
    assert len(reading.rest) > 3000


def test_a_language_without_a_folder_is_named() -> None:
    with pytest.raises(KeyError, match="xx"):
        read(Question("q", "nps", {}), "8", "xx", ("xx",))


def test_distance_counts_a_swap_of_neighbours_once() -> None:
    assert distance("praking", "parking", 2) == 1
    assert distance("speed", "parking", 2) == 3


class Counted(list[str]):
    """Words that count how many of them were looked at."""

    read = 0

    def __getitem__(self, at: Any) -> Any:
        return self._counted(super().__getitem__(at)) if isinstance(at, slice) else super().__getitem__(at)

    def _counted(self, words: list[str]) -> Iterator[str]:
        for word in words:
            self.read += 1
            yield word


@pytest.mark.parametrize("said", ["a ", "a b ", "b a a b "])
def test_patterns_cost_one_step_a_word_whatever_they_are(said: str) -> None:
    hostile = Automaton().add("x", ["[a] " * 30 + "a", "(a|a b|b) " * 12 + "c", "[a [b [a [b]]]] " * 8])
    seen = Counted(said.split() * 500)

    hostile.match(seen, 0)

    assert seen.read < 100  # the longest pattern has fewer words, however many ways there are through it
    assert len(hostile._met) < 200


def test_an_automaton_means_what_the_table_of_all_its_phrases_means() -> None:
    patterns = [
        "(stop|quit) [all] [of] (these|the) messages",
        "lass[t] mich [[bitte] in ruhe]",
        "n/a",
        "über [uns|mich]",
    ]
    automaton, table = Automaton().add("x", patterns), Table().add("x", patterns)

    for pattern in patterns:
        for phrase in expand(pattern):
            texts = [*words(phrase), "messages"]
            assert automaton.match(texts, 0) == table.match(texts, 0)
    assert automaton.match(["quit", "of"], 0) is None
    with pytest.raises(ValueError, match="never closes"):
        Automaton().add("x", ["a (b"])


def test_the_first_of_two_equal_phrases_keeps_its_meaning() -> None:
    automaton = Automaton().add("first", ["[please] stop"]).add("second", ["stop", "stop it"])

    assert automaton.match(["stop"], 0) == ("first", None, 1)
    assert automaton.match(["stop", "it"], 0) == ("second", None, 2)


@pytest.mark.parametrize(
    ("text", "language", "steers"),
    [
        ("unsubcribe me", "en", "stop"),
        ("Hlife", "de", ""),  # five letters: too near to other words
        ("überspringn", "de", "skip"),
        ("shop", "en", ""),
        ("cancle my order", "en", ""),
        ("indietroo", "it", "back"),
        ("fine", "en", ""),  # Italian for "the end"
        ("fine", "it", "stop"),
        ("not now, stop", "en", "stop"),
        ("stop, I want to complain", "en", "stop"),
        ("stop asking me about parking, I want to complain", "en", ""),
        ("cancel my order", "en", ""),
        ("no es suficiente", "es", ""),
        ("are you a robot?", "en", "who"),
        ("jesteś robotem?", "pl", "who"),
        ("verwijder mijn gegevens", "nl", "delete"),
        ("quero fazer uma reclamação", "pt", "complaint"),
    ],
)
def test_controls(text: str, language: str, steers: str) -> None:
    reading = read(QUESTIONS["nps"], text, language, LANGUAGES)

    assert (reading.value if reading.kind == "control" else "") == steers


def test_patterns_nest_and_say_where_a_bracket_is_missing() -> None:
    assert expand("a[ (b|c)] d") == ["a d", "a b d", "a c d"]
    with pytest.raises(ValueError, match="never closes"):
        expand("a (b")
    with pytest.raises(ValueError, match="never opened"):
        expand("a) b")
