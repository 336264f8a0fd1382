"""Which template a survey gets, so that Meta approves it and a tap says what it answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from channels.twilio_whatsapp.local_provider import wrong_with, wrong_with_template
from channels.twilio_whatsapp.picked import decode
from channels.twilio_whatsapp.template import TemplateRefused, shown, template
from survey_flows import opening as opening_module
from survey_flows.loader import load_file
from survey_flows.opening import Opening, Pipe, filled, opening
from survey_flows.prompt import Choice, Prompt

DEFINITIONS = sorted((Path(opening_module.__file__).parent / "definitions").glob("*.yml"))
SURVEYS = [(survey, language) for survey in map(load_file, DEFINITIONS) for language in survey.languages]
NAME = Pipe("{contact.name}", "there")


def buttons(definition: dict[str, Any]) -> dict[str, Any]:
    actions = definition["types"]["twilio/quick-reply"]["actions"]
    return {action["title"]: decode(action["id"]) for action in actions}


@pytest.mark.parametrize(("survey", "language"), SURVEYS, ids=[f"{s.key}-{language}" for s, language in SURVEYS])
def test_every_survey_that_comes_with_us_has_a_template_that_can_be_approved(survey: Any, language: str) -> None:
    made = template(survey.key, language, opening(survey, language))

    assert wrong_with(made.definition) == ""
    assert wrong_with_template(made.definition) == ""
    assert all(button and button["survey"] == survey.key for button in buttons(made.definition).values())


def survey(name: str) -> Any:
    return next(survey for survey, _ in SURVEYS if survey.key == name)


def test_a_first_question_that_can_be_tapped_is_asked_by_the_template() -> None:
    made = template("chat_csat", "en", opening(survey("chat_csat"), "en"))

    assert made.asks == "score"
    assert made.body.endswith("the chat you just had?\n1 (very dissatisfied) – 5 (very satisfied)")
    assert buttons(made.definition) == {
        str(n): {"survey": "chat_csat", "question": "score", "value": n} for n in range(1, 6)
    }


@pytest.mark.parametrize(
    ("key", "why"), [("delivery_nps", "0-10 is 11 buttons"), ("churn_exit", "labels too long, order by chance")]
)
def test_else_its_buttons_begin_the_survey_or_put_it_off(key: str, why: str) -> None:
    made = template(key, "de", opening(survey(key), "de"))

    assert (made.asks, list(buttons(made.definition))) == ("", ["Los geht's", "Nicht jetzt"]), why
    assert [b["value"] for b in buttons(made.definition).values()] == ["start", "later"]


def test_the_words_of_one_customer() -> None:
    asked = survey("support_ces")
    made = template(asked.key, "en", opening(asked, "en"))
    values = [filled(asked, "en", pipe, {"name": " Ada "}) for pipe in made.pipes]

    assert shown(made.body, values).startswith("Hi Ada! Hazelmoor here, about your request.")


def test_other_words_are_another_template_and_the_same_words_the_same() -> None:
    one, two = (opening(survey("delivery_nps"), language) for language in ("en", "de"))
    names = [template("delivery_nps", "en", words).name for words in (one, one, two)]

    assert names[0] == names[1] != names[2]


QUESTION = Prompt("q", "yes_no", "Did it work?", "en", (Choice(True, "Yes"), Choice(False, "No")))


@pytest.mark.parametrize(
    ("change", "asks"),
    [
        ({}, "q"),
        ({"choices": (Choice(1, "A"), Choice(2, "A"))}, ""),
        ({"choices": (Choice(1, "A label of 21 letters"), Choice(2, "B"))}, ""),
        ({"choices": (Choice(1, "Good 👍"), Choice(2, "B"))}, ""),
        ({"choices": (Choice(1, "Good", emoji="👍"), Choice(2, "B"))}, "q"),
        ({"choices": tuple(Choice(n, str(n)) for n in range(10))}, "q"),
        ({"choices": tuple(Choice(n, str(n)) for n in range(11))}, ""),
        ({"form": "multi_choice"}, ""),
        ({"form": "text", "choices": ()}, ""),
    ],
)
def test_what_can_be_tapped(change: dict[str, Any], asks: str) -> None:
    made = template("s", "en", Opening(("Hello!",), replace(QUESTION, **change)))

    assert (made.asks, wrong_with(made.definition)) == (asks, "")


@pytest.mark.parametrize(
    ("greeting", "what"),
    [
        ((), "no greeting"),
        ((NAME, ", hello!"), "begins or ends"),
        (("¡", NAME, "! Hola"), "begins or ends"),
        (("Hello ", NAME), "begins or ends"),
        (("Hello ", NAME, " ", NAME, "!!"), "begins or ends"),
        (("Hello ", NAME, " ", NAME, " there"), "side by side"),
        (("Hello {{9}} there",), "braces"),
        (("Hello\n\n\nthere",), "line breaks"),
        (("x" * 1025,), "1025 characters"),
    ],
)
def test_what_meta_refuses_is_said_before_it_is_sent(greeting: tuple[str | Pipe, ...], what: str) -> None:
    with pytest.raises(TemplateRefused, match=what) as refused:
        template("s", "en", Opening(greeting, None))
    assert refused.value.mend
