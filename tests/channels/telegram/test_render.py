"""How messages look on Telegram, and that no limit is ever broken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.contract import Outbound
from channels.splitting import utf16_units
from channels.telegram.keyboard import Button, Keyboard, closed, decode, encode, tick, ticked
from channels.telegram.render import Bubble, render
from survey_flows.prompt import Choice, Prompt
from tests.channels.telegram.support import scale, several


def labels(keyboard: Keyboard) -> list[list[str]]:
    return [[button.label for button in row] for row in keyboard]


def yes_no(question: str) -> Prompt:
    return Prompt(question, "yes_no", "Again?", "de", (Choice(True, "Ja", emoji="👍"), Choice(False, "Nein")))


LONG = "loop.option_of_the_loop.and_a_question_with_an_id_that_does_not_fit_at_all"
GOLDEN = {
    "text alone": (Outbound("Thank you."), "Thank you.", []),
    "0 to 10 in two rows": (
        Outbound(prompt=scale()),
        "How likely?\n0 (never) – 10 (surely)",
        [["0", "1", "2", "3", "4", "5"], ["6", "7", "8", "9", "10"]],
    ),
    "a score in doubt": (
        Outbound(prompt=replace(scale(), text="Did you mean 8 or 9?", low="", high="", meant=(8, 9))),
        "Did you mean 8 or 9?",
        [["8", "9"]],
    ),
    "two short words in a row": (Outbound(prompt=yes_no("again")), "Again?", [["👍 Ja", "Nein"]]),
    "several": (
        Outbound(prompt=several()),
        "What did you like?",
        [["☐ Speed", "☐ Price"], ["☐ Care"], ["Send"]],
    ),
    "an id that is spread over the buttons": (Outbound(prompt=yes_no(LONG)), "Again?", [["👍 Ja", "Nein"]]),
    "an id that fits nowhere": (
        Outbound(prompt=yes_no("q" * 200)),
        "Again?\n1. 👍 Ja\n2. Nein\nAntworten Sie mit einer Zahl",
        [],
    ),
    "a label that is too long": (
        Outbound(prompt=Prompt("q", "choice", "Which?", "en", (Choice("a", "a" * 65), Choice("b", "b")))),
        f"Which?\n1. {'a' * 65}\n2. b\nReply with a number",
        [],
    ),
    "open": (Outbound(prompt=Prompt("why", "text", "Why?", "en")), "Why?", []),
}


@pytest.mark.parametrize(("message", "text", "buttons"), GOLDEN.values(), ids=GOLDEN)
def test_a_message_looks_like_this(message: Outbound, text: str, buttons: list[list[str]]) -> None:
    [bubble] = render(message)
    assert (bubble.text, labels(bubble.keyboard)) == (text, buttons)


def test_a_blank_text_is_nothing_to_send() -> None:
    assert render(Outbound(" \n")) == []


def test_a_short_id_is_readable_in_the_data() -> None:
    [bubble] = render(Outbound(prompt=scale()))
    assert bubble.keyboard[1][4] == Button("10", "p|score|10")


@given(st.text(alphabet=st.sampled_from("aé 😀.\n👍🏽ก็"), min_size=1, max_size=9000))
def test_a_long_text_loses_nothing_and_fits(text: str) -> None:
    prompt = Prompt("q", "yes_no", text, "en", (Choice(True, "Yes"), Choice(False, "No")))
    bubbles = render(Outbound(prompt=prompt))

    assert "".join("".join(b.text for b in bubbles).split()) == "".join(text.split())
    assert all(utf16_units(bubble.text) <= 4096 for bubble in bubbles)
    assert all(bool(b.keyboard) == (n == len(bubbles)) for n, b in enumerate(bubbles, 1))


IDS = st.text(alphabet="abc_.9", min_size=1, max_size=150)
VALUES = st.one_of(st.integers(-5, 1000), st.booleans(), st.text(max_size=40))


@given(IDS, st.lists(VALUES, min_size=1, max_size=12, unique_by=repr), st.sampled_from("pt"))
def test_what_a_button_carries_comes_back(question: str, values: list[Any], kind: str) -> None:
    data = encode(question, [(kind, value) for value in values])
    if data is None:
        return
    assert all(1 <= len(item.encode()) <= 64 for item in data)
    keyboard = tuple((Button(str(n), item),) for n, item in enumerate(data))
    for item, value in zip(data, values, strict=True):
        pressed = decode(item, keyboard)
        assert pressed is not None
        assert (pressed.kind, pressed.question, pressed.value) == (kind, question, value)


@given(IDS)
def test_an_id_of_150_characters_fits_a_scale(question: str) -> None:
    assert encode(question, [("p", n) for n in range(11)]) is not None


@given(st.text(max_size=64))
def test_any_data_is_decoded_without_a_mistake(data: str) -> None:
    keyboard = ((Button("a", data),),)
    assert decode(data, ()) is None
    for pressed in (decode(data, keyboard), decode(data, None)):
        assert pressed is None or pressed.kind in ("p", "t", "s", "-")


def test_ticking_twice_is_not_ticking() -> None:
    [bubble] = render(Outbound(prompt=several()))
    data = bubble.keyboard[0][1].data
    once = tick(bubble.keyboard, data)

    assert [button.label for button in ticked(once)] == ["Price"]
    assert tick(once, data) == bubble.keyboard


def test_a_closed_keyboard_shows_the_choice_and_does_nothing() -> None:
    keyboard = closed(["9"])
    assert labels(keyboard) == [["✓ 9"]]
    pressed = decode(keyboard[0][0].data, keyboard)
    assert pressed is not None
    assert pressed.kind == "-"


def test_bubbles_are_values() -> None:
    assert render(Outbound("a")) == [Bubble("a")]
