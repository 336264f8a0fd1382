"""How a question looks on Slack, and that nothing of it is lost or too long for Slack."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.contract import Outbound
from channels.slack.block_rules import problems
from channels.slack.pressed import Pressed, after
from channels.slack.render import render
from channels.slack.words import escape, escaped_length, written
from survey_flows.prompt import Choice, Prompt


def pick(form: Any, *labels: str) -> Prompt:
    return Prompt("liked", form, "What did you like?", "de", tuple(Choice(label.lower(), label) for label in labels))


def scale(low: str = "", high: str = "") -> Prompt:
    return Prompt("score", "scale", "How likely?", "en", tuple(Choice(n, str(n)) for n in range(11)), low, high)


YES_NO = Prompt("again", "yes_no", "Again?", "en", (Choice(True, "Yes", emoji="👍"), Choice(False, "No")))


def drawn(message: Outbound) -> list[str]:
    """The message as a reader sees it: a line for each block."""
    return [line for body in render(message) for line in map(_line, body["blocks"])]


def _line(block: dict[str, Any]) -> str:
    if block["type"] == "section":
        return str(block["text"]["text"])
    return " ".join(f"[{e['text']['text']}]" for e in block["elements"])


@pytest.mark.parametrize(
    ("message", "lines"),
    [
        (Outbound("Thank you, Tom & Ann <3"), ["Thank you, Tom &amp; Ann &lt;3"]),
        (Outbound("Hi <!channel> <@U1>"), ["Hi &lt;!channel&gt; &lt;@U1&gt;"]),
        (Outbound(prompt=scale()), ["How likely?", "[0] [1] [2] [3] [4] [5] [6] [7] [8] [9] [10]"]),
        (
            Outbound(prompt=scale("not at all", "extremely")),
            ["How likely?\n0 (not at all) – 10 (extremely)", "[0] [1] [2] [3] [4] [5] [6] [7] [8] [9] [10]"],
        ),
        (Outbound(prompt=replace(scale(), text="8 or 9?", meant=(8, 9))), ["8 or 9?", "[8] [9]"]),
        (Outbound(prompt=YES_NO), ["Again?", "[👍 Yes] [No]"]),
        (Outbound(prompt=pick("choice", "Speed", "Price")), ["What did you like?", "[Speed] [Price]"]),
        (
            Outbound(prompt=pick("multi_choice", "A", "B")),
            [
                "What did you like?\n1. A\n2. B\nAntworten Sie mit einer oder mehreren Zahlen, zum Beispiel 1, 3",
                "[Antworten wählen]",
            ],
        ),
        (Outbound(prompt=Prompt("why", "text", "Why?", "en")), ["Why?", "[Write an answer]"]),
        (Outbound(prompt=Prompt("when", "date", "When?", "en")), ["When?"]),
        (
            Outbound(prompt=pick("choice", "x" * 76, "Price")),
            [f"What did you like?\n1. {'x' * 76}\n2. Price\nAntworten Sie mit einer Zahl"],
        ),
        (
            Outbound(prompt=pick("multi_choice", "x" * 76, "B")),
            [
                f"What did you like?\n1. {'x' * 76}\n2. B\n"
                "Antworten Sie mit einer oder mehreren Zahlen, zum Beispiel 1, 3"
            ],
        ),
        (Outbound("  "), []),
    ],
)
def test_a_message_takes_its_best_form(message: Outbound, lines: list[str]) -> None:
    assert drawn(message) == lines


def test_a_button_brings_its_question_and_value_back() -> None:
    buttons = render(Outbound(prompt=YES_NO))[0]["blocks"][-1]["elements"]

    assert [json.loads(button["value"]) for button in buttons] == [
        {"question": "again", "value": True},
        {"question": "again", "value": False},
    ]


@pytest.mark.parametrize("labels", [26, 40])
def test_more_options_than_slack_has_buttons_are_numbered(labels: int) -> None:
    lines = drawn(Outbound(prompt=pick("choice", *(f"option {n}" for n in range(labels)))))

    assert len(lines) == 1
    assert f"{labels}. option {labels - 1}" in lines[0]


def test_a_value_that_no_box_holds_is_numbered() -> None:
    prompt = Prompt("q", "multi_choice", "Q?", "en", (Choice("v" * 149, "A"), Choice("b", "B")))  # and two quotes

    assert len(render(Outbound(prompt=prompt))[0]["blocks"]) == 1


def test_a_very_long_text_is_several_messages_and_the_last_has_the_buttons() -> None:
    prompt = Prompt("again", "yes_no", "word " * 4000, "en", YES_NO.choices)
    bodies = render(Outbound(prompt=prompt))

    assert [[block["type"][0] for block in body["blocks"]] for body in bodies] == [["s"] * 3, ["s"] * 3, ["s", "a"]]


TEXTS = st.text(min_size=1, max_size=60) | st.builds(
    lambda t, n: t * n, st.text("a.& <😀ก็\n", min_size=1), st.integers(1, 3000)
)
CHOICES = st.lists(
    st.tuples(st.text(max_size=90), st.text(max_size=170) | st.integers()), max_size=30, unique_by=lambda c: c[1]
)


@given(TEXTS, CHOICES, st.sampled_from(["choice", "multi_choice", "scale"]))
def test_slack_takes_whatever_we_render(text: str, choices: list[tuple[str, Any]], form: Any) -> None:
    prompt = Prompt("q", form, text, "en", tuple(Choice(value, label) for label, value in choices))

    for body in render(Outbound(prompt=prompt)):
        assert problems({"channel": "D1", **body}) == []


@given(TEXTS)
def test_nothing_of_a_text_is_lost(text: str) -> None:
    sections = [block["text"]["text"] for body in render(Outbound(text)) for block in body["blocks"]]
    back = "".join(sections).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")

    assert "".join(back.split()) == "".join(text.split())


@given(st.text())
def test_what_is_escaped_reads_as_it_was_written(text: str) -> None:
    assert written(escape(text)) == text
    assert escaped_length(text) == len(escape(text))


PRESS = Pressed(
    "score",
    9,
    "9",
    "D1",
    "1.2",
    "1.3",
    {
        "text": "How likely?",
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "How likely?"}}, {"type": "actions"}],
    },
)


def test_a_pressed_button_gives_way_to_what_was_chosen() -> None:
    update = after(PRESS)

    assert update is not None
    assert [block["text"]["text"] for block in update["blocks"]] == ["How likely?", "✓ 9"]
    assert (update["channel"], update["ts"], update["text"]) == ("D1", "1.2", "How likely?\n✓ 9")
    assert problems(update) == []


@pytest.mark.parametrize("missing", ["label", "channel", "message_ts"])
def test_where_there_is_nothing_to_show_the_buttons_stay(missing: str) -> None:
    fields = {"label": "9", "channel": "D1", "message_ts": "1.2", missing: ""}

    assert after(Pressed("score", 9, action_ts="1.3", **fields)) is None


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"text": ""}, "/text"),
        ({"text": "x" * 4001}, "/text"),
        ({"blocks": []}, "/blocks"),
        ({"blocks": [{"type": "divider"}] * 51}, "/blocks"),
        ({"blocks": [{"type": "image"}]}, "/blocks/0"),
        ({"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]}, "3000"),
        ({"blocks": [{"type": "actions", "elements": [{}] * 26}]}, "1 to 25"),
        ({"blocks": [{"type": "actions", "elements": [{"type": "button", "action_id": "a"}] * 2}]}, "its own"),
        ({"thread": 1}, "/thread"),
    ],
)
def test_the_rules_refuse_what_slack_refuses(change: dict[str, Any], named: str) -> None:
    (body,) = render(Outbound("Hi"))

    assert any(named in problem for problem in problems({**body, **change}))
