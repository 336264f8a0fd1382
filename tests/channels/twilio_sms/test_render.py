"""How questions and notices read as SMS, and what they cost."""

from __future__ import annotations

from dataclasses import replace

import pytest
import smsutil
from hypothesis import given
from hypothesis import strategies as st

from channels.contract import Outbound
from channels.splitting import utf16_units
from channels.twilio_sms.limits import TEXT_LIMIT
from channels.twilio_sms.render import economical, render
from survey_flows.prompt import Choice, Form, Prompt


def ask(form: Form, text: str, *labels: str, low: str = "", high: str = "", language: str = "en") -> Outbound:
    choices = tuple(Choice(n, label) for n, label in enumerate(labels, 1))
    return Outbound(prompt=Prompt("q", form, text, language, choices, low, high), role="question")


def doubt(form: Form, text: str, *labels: str, meant: tuple[int, ...]) -> Outbound:
    asked = ask(form, text, *labels)
    return replace(asked, prompt=replace(asked.prompt, meant=meant))  # type: ignore[type-var]


SCALE = [str(n) for n in range(11)]
THUMBS = (Choice(True, "Yes", emoji="👍"), Choice(False, "No", emoji="👎"))

GOLDEN = {
    "notice": (Outbound("Thank you, and goodbye."), ["Thank you, and goodbye."]),
    "scale": (
        ask("scale", "How likely?", *SCALE, low="not at all", high="extremely"),
        ["How likely?\n0 (not at all) - 10 (extremely)"],
    ),
    "scale without ends": (ask("scale", "How likely?", *SCALE), ["How likely?\n0 - 10"]),
    "short options": (ask("yes_no", "Again?", "Yes", "No"), ["Again?\nReply with a number: 1 = Yes, 2 = No"]),
    "in German": (
        ask("yes_no", "Nochmal?", "Ja", "Nein", language="de"),
        ["Nochmal?\nAntworten Sie mit einer Zahl: 1 = Ja, 2 = Nein"],
    ),
    "long options": (
        ask("choice", "Why?", "It came too late", "It was broken", "Something else"),
        ["Why?\n1. It came too late\n2. It was broken\n3. Something else\nReply with a number"],
    ),
    "several": (
        ask("multi_choice", "What?", "Speed", "Price"),
        ["What?\n1. Speed\n2. Price\nReply with one or more numbers, for example 1, 3"],
    ),
    "a score in doubt": (doubt("scale", "Did you mean 8 or 9?", *SCALE, meant=(9, 10)), ["Did you mean 8 or 9?"]),
    "an option in doubt keeps its number": (
        doubt("choice", "Did you mean A or C?", "A", "B", "C", meant=(1, 3)),
        ["Did you mean A or C?\nReply with a number: 1 = A, 3 = C"],
    ),
    "open": (ask("text", "Why?"), ["Why?"]),
    "no emoji, which would double the price": (
        Outbound(prompt=Prompt("q", "yes_no", "Again?", "en", THUMBS)),
        ["Again?\nReply with a number: 1 = Yes, 2 = No"],
    ),
    "plain quotes, which halve the price": (Outbound("We’re “here” – always…"), ['We\'re "here" - always...']),
    "typography stays where it changes nothing": (Outbound("Danke 🙂 – „bis bald“"), ["Danke 🙂 – „bis bald“"]),
    "blank": (Outbound("  "), []),
}


@pytest.mark.parametrize(("message", "texts"), GOLDEN.values(), ids=GOLDEN)
def test_how_it_reads(message: Outbound, texts: list[str]) -> None:
    assert render(message) == texts


def test_a_question_in_plain_letters_is_one_gsm7_segment() -> None:
    text = "How likely are you to recommend Hazelmoor to a friend?"
    (sent,) = render(ask("scale", text, *SCALE, low="not at all likely", high="extremely likely"))

    cost = smsutil.split(sent)

    assert (cost.encoding, len(cost.parts)) == ("gsm0338", 1)


def test_a_long_text_becomes_several_messages_at_ends_of_sentences() -> None:
    texts = render(Outbound("This is a sentence. " * 200, role="faq"))

    assert [text[-1] for text in texts] == [".", ".", "."]


@given(st.text(max_size=4000) | st.text("a🙂 ’", max_size=4000))
def test_no_text_is_longer_than_twilio_takes_and_no_word_is_lost(text: str) -> None:
    texts = render(Outbound(text))

    assert all(utf16_units(part) <= TEXT_LIMIT for part in texts)
    assert "".join("".join(texts).split()) == "".join(economical(text).split())


@given(st.text(max_size=200))
def test_economy_never_costs_more(text: str) -> None:
    assert len(smsutil.split(economical(text)).parts) <= len(smsutil.split(text).parts)
