"""How questions look on WhatsApp: buttons, a list, or words; always within the limits."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.contract import Outbound
from channels.splitting import utf16_units
from channels.twilio_whatsapp.limits import CONTENT_BODY, TEXT_LIMIT
from channels.twilio_whatsapp.local_provider import wrong_with
from channels.twilio_whatsapp.render import content, texts
from survey_flows.prompt import Choice, Form, Prompt


def ask(form: Form, text: str, *labels: str, low: str = "", high: str = "", language: str = "en") -> Outbound:
    choices = tuple(Choice(n, label) for n, label in enumerate(labels))
    return Outbound(prompt=Prompt("q", form, text, language, choices, low, high), role="question")


ZERO_TO_TEN = [str(n) for n in range(11)]
YES_NO = ask("yes_no", "Again?", "Yes", "No")
LIST = ask("scale", "How easy?\nBe frank.", "1", "2", "3", "4", "5", low="hard", high="easy")

WORDS = {
    "notice": (Outbound("Thank you."), "Thank you."),
    "zero to ten": (
        ask("scale", "How likely?", *ZERO_TO_TEN, low="not at all", high="extremely"),
        "How likely?\nReply with a number from 0 (not at all) to 10 (extremely).",
    ),
    "several": (
        ask("multi_choice", "What?", "Speed", "Price"),
        "What?\n1. Speed\n2. Price\nReply with one or more numbers, for example 1, 3",
    ),
    "a label too long for a list": (
        ask("choice", "Why?", "It was recommended to me", "It was recommended to me by a friend"),
        "Why?\n1. It was recommended to me\n2. It was recommended to me by a friend\nReply with a number",
    ),
    "two labels alike": (ask("choice", "Why?", "A", "A"), "Why?\n1. A\n2. A\nReply with a number"),
    "a label that would be a variable": (ask("choice", "Why?", "{{1}}"), "Why?\n1. {{1}}\nReply with a number"),
    "open": (ask("text", "Why?"), "Why?"),
}


@pytest.mark.parametrize(("message", "words"), WORDS.values(), ids=WORDS)
def test_what_fits_no_button_reads_as_words(message: Outbound, words: str) -> None:
    assert content(message) is None
    assert texts(message) == [words]


def test_a_score_in_doubt_is_two_buttons_though_the_scale_fits_no_list() -> None:
    asked = ask("scale", "Did you mean 8 or 9?", *ZERO_TO_TEN).prompt
    made = content(Outbound(prompt=replace(asked, meant=(8, 9))))  # type: ignore[type-var]

    assert made is not None
    titles = [action["title"] for action in made.definition["types"]["twilio/quick-reply"]["actions"]]
    assert titles == ["8", "9"]


def test_up_to_three_short_options_are_buttons() -> None:
    made = content(YES_NO)

    assert made is not None
    assert made.definition["types"] == {
        "twilio/quick-reply": {
            "body": "{{1}}",
            "actions": [
                {"type": "QUICK_REPLY", "title": "Yes", "id": "sc|q|0"},
                {"type": "QUICK_REPLY", "title": "No", "id": "sc|q|1"},
            ],
        }
    }
    assert json.loads(made.variables) == {"1": "Again?"}
    assert texts(YES_NO) == ["Again?\n1. Yes\n2. No\nReply with a number"]


def test_up_to_ten_options_are_a_list_and_each_line_is_a_variable() -> None:
    made = content(LIST)

    assert made is not None
    picker = made.definition["types"]["twilio/list-picker"]
    assert (picker["body"], picker["button"]) == ("{{1}}\n{{2}}\n{{3}}", "Choose an answer")
    assert picker["items"][4] == {"item": "5", "id": "sc|q|4"}
    assert json.loads(made.variables) == {"1": "How easy?", "2": "Be frank.", "3": "1 (hard) – 5 (easy)"}
    assert texts(LIST) == ["How easy?\nBe frank.\nReply with a number from 1 (hard) to 5 (easy)."]


def test_other_words_need_no_other_content() -> None:
    first, second = content(YES_NO), content(ask("yes_no", "Ada, would you come again?", "Yes", "No"))
    other = content(ask("yes_no", "Again?", "Yes", "Never"))

    assert first
    assert second
    assert other
    assert first.fingerprint == second.fingerprint != other.fingerprint


def test_a_question_too_long_for_buttons_goes_as_text() -> None:
    long = ask("yes_no", "word " * 300, "Yes", "No")

    assert content(long) is None
    assert len(texts(long)) == 1


@given(
    st.sampled_from(["yes_no", "choice", "scale", "multi_choice"]),
    st.text("a🙂 \n\t{}é", max_size=1200),
    st.lists(st.text("ab🙂{ ", max_size=30), min_size=1, max_size=12),
    st.sampled_from(["en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv"]),
)
def test_the_limits_always_hold(form: Form, text: str, labels: list[str], language: str) -> None:
    message = ask(form, text, *labels, language=language)
    made = content(message)

    assert all(utf16_units(part) <= TEXT_LIMIT for part in texts(message))
    if made is not None:
        given_ = json.loads(made.variables)
        assert wrong_with(made.definition) == ""
        assert sum(utf16_units(line) for line in given_.values()) <= CONTENT_BODY
        assert not any(set(line) & set("\r\n\t") for line in given_.values())
        assert given_.keys() == made.definition["variables"].keys()


@given(st.text(max_size=4000))
def test_no_word_of_a_long_text_is_lost(text: str) -> None:
    assert "".join("".join(texts(Outbound(text))).split()) == "".join(text.split())
