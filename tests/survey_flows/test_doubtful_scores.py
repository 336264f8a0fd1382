"""Scores outside the scale and scores in doubt: told why, asked which, never guessed, never a reason to hand over."""

from __future__ import annotations

import pytest

from survey_flows.effects import Ask, HandOver
from survey_flows.inputs import Picked
from survey_flows.prompt import Prompt
from tests.survey_flows.support import Talk, talk

NPS = "questions: [{id: a, type: nps, text: 'How likely?', required: true, on_unreadable: hand_over}]"
CSAT = "questions: [{id: a, type: csat, text: 'How was it?'}]"
CES = "questions: [{id: a, type: ces, version: '2.0', text: 'How easy?'}]"
PARCELS = "questions: [{id: a, type: number, minimum: 1, maximum: 20, text: 'How many?'}]"
FRUIT = """
    questions:
      - id: a
        type: choice
        text: 'Which?'
        options: [{key: red, label: Red apple}, {key: plum, label: Plum}, {key: green, label: Green apple}]
"""
AFTER_ONE_GIVEN_UP = """
    questions:
      - {id: first, type: csat, text: 'First?', reasks: 0}
      - {id: a, type: nps, text: 'How likely?', on_unreadable: hand_over}
"""


def prompt(t: Talk) -> Prompt:
    return next(e.prompt for e in t.effects if isinstance(e, Ask))


@pytest.mark.parametrize(
    ("body", "text", "asked"),
    [
        (NPS, "11", "11 is outside the scale, which goes from 0 to 10. How likely?"),
        (NPS, "-3", "-3 is outside the scale, which goes from 0 to 10. How likely?"),
        (NPS, "100", "100 is outside the scale, which goes from 0 to 10. How likely?"),
        (NPS, "eleven", "11 is outside the scale, which goes from 0 to 10. How likely?"),
        (CSAT, "0", "0 is outside the scale, which goes from 1 to 5. How was it?"),
        (CES, "0", "0 is outside the scale, which goes from 1 to 7. How easy?"),
        (PARCELS, "25", "That is more than 20, the highest I can note. How many?"),
        (PARCELS, "between 15 and 25", "That is more than 20, the highest I can note. How many?"),
        (PARCELS, "0", "That is less than 1, the lowest I can note. How many?"),
    ],
)
def test_a_number_outside_the_range_is_told_as_that(body: str, text: str, asked: str) -> None:
    t = talk(body).send(text)
    assert (t.recorded, t.asked) == ({}, asked)


@pytest.mark.parametrize("text", ["3.5", "3,5", "3 or 4", "between 3 and 4", "3-4", "3 1/2"])
@pytest.mark.parametrize("body", [NPS, CSAT, CES])
def test_a_score_between_two_is_asked_about(body: str, text: str) -> None:
    t = talk(body).send(text)
    assert (t.recorded, t.asked) == ({}, "Did you mean 3 or 4?")
    assert [choice.value for choice in prompt(t).offered] == [3, 4]


@pytest.mark.parametrize(("reply", "stored"), [("4", 4), ("9", 9), (Picked("a", 3), 3), (Picked("a", 10), 10)])
def test_any_answer_of_the_question_is_taken_then(reply: str | Picked, stored: int) -> None:
    assert talk(NPS).send("3.5").send(reply).recorded == {"a": stored}


def test_doubt_is_never_a_reason_to_hand_over() -> None:
    t = talk(NPS)
    for _ in range(6):
        assert t.send("3.5").asked == "Did you mean 3 or 4?"
        assert not any(isinstance(e, HandOver) for e in t.effects)
    assert t.send("3").recorded == {"a": 3}


def test_who_is_not_understood_at_all_still_gets_a_person_after_a_doubt() -> None:
    t = talk(NPS).send("3.5").send("purple").send("purple monkey").send("purple monkey dishwasher")
    assert t.effects == (HandOver("unreadable"),)


@pytest.mark.parametrize("text", ["3.5", "11"])
def test_who_is_understood_is_not_handed_over_because_the_question_before_was_left(text: str) -> None:
    t = talk(AFTER_ONE_GIVEN_UP).send("purple")
    assert t.asked == "How likely?"
    assert t.send(text).asked != "How likely?"
    assert not any(isinstance(e, HandOver) for e in t.effects)


def test_the_ends_of_the_scale_are_not_said_of_the_two_that_are_offered() -> None:
    t = talk("questions: [{id: a, type: nps, text: 'How likely?', low: never, high: surely}]")
    assert (prompt(t).low, prompt(t.send("3.5")).low) == ("never", "")


def test_options_in_doubt_keep_their_numbers() -> None:
    t = talk(FRUIT).send("apple")
    assert [(number, choice.value) for number, choice in prompt(t).numbered] == [(1, "red"), (3, "green")]
    assert t.send("3").recorded == {"a": "green"}


def test_a_question_that_is_asked_anew_offers_all_of_it() -> None:
    t = talk(NPS).send("3.5").send("repeat")
    assert len(prompt(t).offered) == 11
