"""The engine: back, corrections, what is left out, and buttons of earlier questions."""

from __future__ import annotations

from survey_flows.effects import (
    Ended,
    Recorded,
)
from survey_flows.inputs import Picked
from survey_flows.reading import control, value
from tests.survey_flows.support import BRANCHING, talk

# Back, and answers that change


def test_back_and_the_same_answer_is_as_if_nothing_had_happened() -> None:
    t = talk(BRANCHING).send("3").send(value("late delivery"))
    before = t.session
    t.send(control("back"))
    assert t.asked == "Why 3?"
    t.send(control("back"))
    assert t.asked == "Score?"
    t.send("3")
    assert t.session == before
    assert t.recorded == {}
    assert t.asked == "More?"


def test_back_at_the_first_question_says_so_and_asks_again() -> None:
    t = talk(BRANCHING).send(control("back"))
    assert t.said == ["This is the first question; there is nothing before it."]
    assert t.asked == "Score?"


def test_a_changed_answer_withdraws_what_left_the_path_and_brings_it_back() -> None:
    t = talk(BRANCHING).send("3").send(value("late delivery")).send(control("correct", 9))
    assert t.withdrawn == ["why"]
    assert t.said == ["Changed to 9."]
    assert t.asked == "Liked?"
    t.send(control("correct", 2))
    assert t.recorded == {"score": 2, "why": "late delivery"}
    assert t.asked == "More?"


def test_i_meant_changes_the_latest_answer_that_can_hold_it() -> None:
    body = "questions: [{id: a, type: nps, text: A}, {id: b, type: csat, text: B}, {id: c, type: text, text: C}]"
    t = talk(body).send("3").send("4").send(control("correct", 8))
    assert t.recorded == {"a": 8}
    assert t.send(control("correct", 5)).recorded == {"b": 5}
    assert t.asked == "C"


def test_i_meant_with_a_value_that_fits_nothing_asks_again() -> None:
    t = talk(BRANCHING).send(control("correct", "blue"))
    assert t.recorded == {}
    assert t.session.reasks == 1


# Skip


def test_skip_leaves_out_what_is_optional() -> None:
    t = talk(BRANCHING).send(control("skip"))
    assert t.effects[0] == Recorded("score", "score", "nps", None, "…", skipped=True)
    assert t.asked == "More?"  # score <= 6 is false: there is no score


def test_skip_of_a_required_question_explains_but_holds_nobody_captive() -> None:
    t = talk("questions: [{id: a, type: nps, text: A, required: true, reasks: 1}]").send(control("skip"))
    assert t.asked == "A"
    assert 'say "skip" again' in t.said[0]
    assert t.send(control("skip")).ended == Ended("completed", "done")


def test_i_meant_3_at_a_yes_or_no_question_is_the_score() -> None:
    t = talk(BRANCHING).send("9")
    t.send("I meant 3")
    assert t.said[0] == "Changed to 3."
    assert t.asked == "Why 3?"


def test_i_meant_an_option_corrects_the_choice_it_belongs_to() -> None:
    options = "options: [{key: red, label: Red}, {key: blue, label: Blue}]"
    t = talk(f"questions: [{{id: a, type: choice, text: A, {options}}}, {{id: b, type: nps, text: B}}]").send("red")
    t.send("sorry, I meant blue")
    assert (t.said[0], t.asked) == ("Changed to Blue.", "B")


# Buttons


def test_a_button_answers_the_open_question_with_its_label_as_words() -> None:
    t = talk(BRANCHING).send(Picked("score", 10)).send(Picked("liked", True))
    assert t.effects[0].raw == "Yes"


def test_an_old_button_corrects_and_a_foreign_one_is_ignored_kindly() -> None:
    t = talk(BRANCHING).send("3").send(Picked("score", 9))
    assert t.said == ["Changed to 9."]
    assert t.asked == "Liked?"
    assert t.send(Picked("why", "x")).said == ["That button belongs to an earlier question."]
    assert t.send(Picked("gone", 1)).asked == "Liked?"
    assert t.send(Picked("score", 99)).recorded == {}


def test_a_button_pressed_twice_changes_nothing() -> None:
    t = talk(BRANCHING).send(Picked("score", 3))
    before = t.session
    assert t.send(Picked("score", 3)).session == before
