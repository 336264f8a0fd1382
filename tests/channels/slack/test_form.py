"""The forms and menus that Slack is shown: Slack takes them all, and what is filled in comes back as it was meant."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.contract import Offer, Overview
from channels.receive import Delivery
from channels.slack.block_rules import problems_of_ephemeral, problems_of_view
from channels.slack.form import form, opens_a_form
from channels.slack.local_events import Events, Triggers
from channels.slack.menu import chosen, home, menu, told
from channels.slack.parse import read
from channels.slack.phrases import _all, languages, say
from survey_flows.prompt import Choice, Prompt

FORM = {"content-type": "application/x-www-form-urlencoded"}
WHY = Prompt("why", "text", "Why?", "en")


def several(count: int, label: str = "option {n}") -> Prompt:
    choices = tuple(Choice(n, label.format(n=n)) for n in range(count))
    return Prompt("liked", "multi_choice", "Which?", "de", choices)


def filled(prompt: Prompt, answer: Any) -> Any:
    """What comes back when `answer` is given in the form of `prompt`."""
    view = {**form(prompt, "D1", "1.2"), "id": "V1"}
    payload = Events(1, Triggers()).submit("U1", view, answer)
    return read(Delivery(FORM, urlencode({"payload": json.dumps(payload)}).encode()))


@pytest.mark.parametrize(
    ("prompt", "opens"),
    [
        (WHY, True),
        (several(2), True),
        (several(100), True),
        (several(101), False),
        (several(2, "x" * 75 + "{n}"), False),
        (several(1, " "), False),
        (Prompt("q", "multi_choice", "Q?", "en", (Choice("v" * 149, "A"),)), False),  # and two quotes
        (Prompt("q", "choice", "Q?", "en", (Choice(1, "A"),)), False),
        (Prompt("q", "date", "Q?", "en"), False),
    ],
)
def test_only_what_a_form_holds_opens_one(prompt: Prompt, opens: bool) -> None:
    assert opens_a_form(prompt) == opens


@pytest.mark.parametrize(("count", "kind"), [(10, "checkboxes"), (11, "multi_static_select")])
def test_few_options_are_boxes_and_many_a_menu(count: int, kind: str) -> None:
    assert form(several(count), "D1", "1.2")["blocks"][-1]["element"]["type"] == kind


def test_own_words_come_back_with_their_question_and_message() -> None:
    found = filled(WHY, "It came late.")

    assert found.form
    assert found.message.picked == {"question": "why", "value": "It came late."}
    assert (found.pressed.channel, found.pressed.message_ts) == ("D1", "1.2")


@pytest.mark.parametrize("count", [3, 30])
def test_what_is_ticked_comes_back_as_values(count: int) -> None:
    found = filled(several(count), ["option 0", "option 2"])

    assert found.message.picked == {"question": "liked", "value": [0, 2]}
    assert found.message.text == "option 0, option 2"


@given(
    st.text(min_size=1, max_size=40) | st.builds(lambda t: t * 5000, st.sampled_from("a &<😀\n")), st.integers(1, 100)
)
def test_slack_takes_every_form(text: str, count: int) -> None:
    for prompt in (
        Prompt("q" * 60, "text", text or "?", "fr"),
        Prompt("q", "multi_choice", text, "de", several(count).choices),
    ):
        if text.strip():
            assert problems_of_view(form(prompt, "D" * 20, "1700000000.000100"), "modal") == []


OFFERS = tuple(Offer(f"survey_{n}", f"Survey {n} " + "x" * n) for n in range(120))


@pytest.mark.parametrize("language", [*languages(), "xx"])
@pytest.mark.parametrize(
    "seen",
    [
        Overview("en"),
        Overview("en", "human", question=WHY, survey="Delivery"),
        Overview("en", opted_out=True, offers=OFFERS),
        Overview("en", "survey", survey="S" * 300, question=Prompt("q", "text", "long " * 1000, "en"), offers=OFFERS),
        Overview("en", offers=OFFERS[:1]),
    ],
)
def test_slack_takes_every_menu_and_home_tab(language: str, seen: Overview) -> None:
    seen = Overview(language, seen.owner, seen.opted_out, seen.survey, seen.question, seen.offers)

    assert problems_of_view(home(seen), "home") == []
    assert problems_of_view(home(seen, "Done."), "home") == []
    assert problems_of_ephemeral(menu(seen)) == []
    assert problems_of_ephemeral(menu(seen, "No such survey.")) == []
    assert problems_of_ephemeral(told("Done.")) == []


def labels(view: dict[str, Any]) -> list[str]:
    return [e["text"]["text"] for b in view["blocks"] if b["type"] == "actions" for e in b["elements"]]


@pytest.mark.parametrize(
    ("seen", "buttons"),
    [
        (Overview("en"), ["No more surveys"]),
        (Overview("en", offers=(Offer("a", "A"), Offer("b", "B"))), ["A", "B", "No more surveys"]),
        (Overview("de", question=WHY, survey="S"), ["Weiter", "Keine Umfragen mehr"]),
        (Overview("en", opted_out=True, offers=(Offer("a", "A"),)), ["Receive surveys again"]),
        (Overview("en", owner="human", question=WHY, offers=(Offer("a", "A"),)), ["No more surveys"]),
    ],
)
def test_the_home_tab_offers_what_can_be_done_now(seen: Overview, buttons: list[str]) -> None:
    assert labels(home(seen)) == buttons


@pytest.mark.parametrize(("words", "key"), [("b", "b"), ("B", "b"), (" the second ", "b"), ("c", ""), ("", "")])
def test_a_survey_is_named_by_key_or_title(words: str, key: str) -> None:
    assert chosen((Offer("a", "The first"), Offer("b", "The second")), words) == key


@pytest.mark.parametrize("language", languages())
def test_every_language_has_every_word_within_slacks_limits(language: str) -> None:
    assert _all()[language].keys() == _all()["en"].keys()
    assert all(len(say(language, name)) <= 24 for name in ("form_title", "send", "cancel"))
    assert all(len(say(language, name)) <= 75 for name in ("write", "choose", "go_on", "opt_in", "opt_out"))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"type": "home"}, "type modal"),
        ({"title": {"type": "plain_text", "text": "x" * 25}}, "/view/title"),
        ({"title": {"type": "mrkdwn", "text": "x"}}, "/view/title"),
        ({"private_metadata": "x" * 3001}, "3000"),
        ({"blocks": []}, "1 to 100"),
        ({"blocks": [{"type": "header", "text": {"type": "plain_text", "text": "x"}}] * 101}, "1 to 100"),
        ({"blocks": [{"type": "actions", "elements": []}]}, "a modal takes"),
        ({"blocks": [{"type": "input", "label": {}, "element": {"type": "plain_text_input"}}]}, "action_id"),
        ({"blocks": [{"type": "input", "label": {}, "element": {"type": "datepicker"}}]}, "one of"),
        ({"submit": None}, "/view/submit"),
        ({"callback_id": "x" * 256}, "slack_sdk refuses"),
        ({"thread": 1}, "/view/thread"),
    ],
)
def test_the_rules_refuse_a_form_that_slack_refuses(change: dict[str, Any], named: str) -> None:
    view = {**form(WHY, "D1", "1.2"), **change}

    assert any(named in problem for problem in problems_of_view(view, "modal"))
