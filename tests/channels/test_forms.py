"""Which form a question takes on each channel, and what is then drawn, written or said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from channels.contract import CHANNELS, Outbound
from channels.forms import form_of, rows
from channels.looks import LOOKS
from channels.web.render import render
from survey_flows.prompt import Choice, Prompt


def scale(low: int, high: int, **more: Any) -> Prompt:
    choices = tuple(Choice(n, str(n), keypad=str(n)) for n in range(low, high + 1))
    return Prompt("score", "scale", "How likely?", "en", choices, "not at all", "extremely", **more)


def pick(form: Any, *labels: str) -> Prompt:
    choices = tuple(Choice(label.lower(), label, keypad=str(n)) for n, label in enumerate(labels, 1))
    return Prompt("liked", form, "What did you like?", "en", choices)


NPS = scale(0, 10)
CES = scale(1, 7)
YES_NO = Prompt("again", "yes_no", "Again?", "en", (Choice(True, "Yes", keypad="1"), Choice(False, "No", keypad="2")))
SEVERAL = pick("multi_choice", "Speed", "Price", "People", "Parking")
LONG = pick("choice", "A label that is far too long for any list on WhatsApp", "Short")
OPEN = Prompt("why", "text", "Why?", "en")

FORMS = {
    "sms": ("scale_line", "scale_line", "numbered", "numbered", "numbered", "plain"),
    "whatsapp": ("scale_line", "list", "buttons", "numbered", "numbered", "plain"),  # 11 do not fit a list of 10
    "telegram": ("buttons", "buttons", "buttons", "toggles", "buttons", "plain"),
    "slack": ("buttons", "buttons", "buttons", "toggles", "buttons", "plain"),
    "voice": ("keypad", "keypad", "keypad", "keypad", "keypad", "plain"),
    "web": ("buttons", "buttons", "buttons", "toggles", "buttons", "plain"),
}


@pytest.mark.parametrize("channel", CHANNELS)
def test_each_question_takes_the_form_that_suits_the_channel(channel: str) -> None:
    prompts = (NPS, CES, YES_NO, SEVERAL, LONG, OPEN)

    assert tuple(form_of(prompt, LOOKS[channel]) for prompt in prompts) == FORMS[channel]


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_limit_has_a_source(channel: str) -> None:
    assert LOOKS[channel].source
    assert LOOKS[channel].text_limit > 0


@pytest.mark.parametrize(
    ("prompt", "sizes"), [(NPS, [6, 5]), (CES, [4, 3]), (scale(1, 5), [5]), (scale(0, 12), [5, 5, 3])]
)
def test_numbers_stand_in_even_rows_that_a_thumb_can_hit(prompt: Prompt, sizes: list[int]) -> None:
    assert [len(row) for row in rows(prompt.choices, scale=True)] == sizes


@pytest.mark.parametrize(
    ("channel", "prompt", "text"),
    [
        ("sms", NPS, "How likely?\n0 (not at all) – 10 (extremely)"),
        ("sms", YES_NO, "Again?\n1. Yes\n2. No\nReply with a number"),
        (
            "sms",
            SEVERAL,
            "What did you like?\n1. Speed\n2. Price\n3. People\n4. Parking\n"
            "Reply with one or more numbers, for example 1, 3",
        ),
        ("telegram", NPS, "How likely?"),
        ("voice", NPS, "How likely?"),
        ("sms", OPEN, "Why?"),
    ],
)
def test_words_say_how_to_answer_where_there_is_nothing_to_press(channel: str, prompt: Prompt, text: str) -> None:
    assert render(channel, Outbound(prompt=prompt))["text"] == text


@pytest.mark.parametrize(
    ("prompt", "speech"),
    [
        (NPS, "How likely? Press 0 to 10 on your keypad, or say the number."),
        (YES_NO, "Again? For Yes, press 1. For No, press 2."),
        (OPEN, "Why?"),
    ],
)
def test_a_telephone_says_what_to_press(prompt: Prompt, speech: str) -> None:
    assert render("voice", Outbound(prompt=prompt))["speech"] == speech


DOUBT = replace(scale(0, 10), text="Did you mean 8 or 9?", low="", high="", meant=(8, 9))
WHICH = replace(
    pick("choice", "Speed", "Price", "People"), text="Did you mean Speed or People?", meant=("speed", "people")
)


@pytest.mark.parametrize(
    ("channel", "form"),
    [("sms", "plain"), ("whatsapp", "buttons"), ("telegram", "buttons"), ("slack", "buttons"), ("web", "buttons")],
)
def test_of_a_score_in_doubt_only_what_was_meant_is_offered(channel: str, form: str) -> None:
    view = render(channel, Outbound(prompt=DOUBT))
    buttons = [button["value"] for row in view.get("rows", ()) for button in row]
    assert (view["form"], view["text"], buttons) == (form, DOUBT.text, [] if form == "plain" else [8, 9])


def test_what_was_meant_keeps_the_number_that_it_is_read_by() -> None:
    assert render("sms", Outbound(prompt=WHICH))["text"].splitlines()[1:3] == ["1. Speed", "3. People"]
    assert render("voice", Outbound(prompt=WHICH))["speech"].endswith("For Speed, press 1. For People, press 3.")


@pytest.mark.parametrize(("prompt", "keys"), [(DOUBT, 11), (WHICH, 3)])
def test_a_telephone_in_doubt_still_takes_every_key(prompt: Prompt, keys: int) -> None:
    assert len(render("voice", Outbound(prompt=prompt))["keys"]) == keys


def test_a_telephone_knows_the_keys_of_every_choice() -> None:
    view = render("voice", Outbound(prompt=NPS))

    assert {key["digits"]: key["value"] for key in view["keys"]} == {str(n): n for n in range(11)}
    assert view["longest"] == 2  # so 1 must wait for a moment: it may become 10


def test_a_button_brings_the_question_and_the_value_back() -> None:
    view = render("whatsapp", Outbound(prompt=YES_NO))

    assert view["question"] == "again"
    assert [button["value"] for row in view["rows"] for button in row] == [True, False]


def test_a_list_says_what_the_ends_of_a_scale_mean() -> None:
    buttons = [button for row in render("whatsapp", Outbound(prompt=CES))["rows"] for button in row]

    assert (buttons[0]["note"], buttons[-1]["note"]) == ("not at all", "extremely")


def test_a_text_is_cut_at_the_channels_limit_and_shows_it() -> None:
    text = render("whatsapp", Outbound("x" * 2000))["text"]

    assert len(text) == LOOKS["whatsapp"].text_limit
    assert text.endswith("…")


def test_a_language_without_words_of_ours_falls_back_to_english() -> None:
    prompt = Prompt("again", "yes_no", "Encore?", "tr", YES_NO.choices)

    assert render("sms", Outbound(prompt=prompt))["text"].endswith("Reply with a number")
