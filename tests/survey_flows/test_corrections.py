""" "I meant 8", said after "back": the question that was opened again is asked, wherever the path still leads to it."""

from __future__ import annotations

from tests.survey_flows.support import Talk, talk

WHY_FOR_ALL = """
    questions:
      - {id: score, type: nps, text: {en: "Score?"}}
      - {id: why, type: text, text: {en: "Why {score}?"}}
      - {id: again, type: yes_no, text: {en: "Again?"}}
"""
BY_BAND = """
    questions:
      - {id: score, type: nps, text: {en: "Score?"}}
      - {id: bad, type: text, when: score.band == detractor, text: {en: "What went wrong?"}}
      - {id: good, type: text, when: score.band == passive, text: {en: "What was missing?"}}
      - {id: again, type: yes_no, text: {en: "Again?"}}
"""


def went_back_to_the_reason(body: str) -> Talk:
    return talk(body).send("3").send("it came late").send("back")


def test_the_reopened_question_is_asked_again_after_an_earlier_score_is_corrected() -> None:
    t = went_back_to_the_reason(WHY_FOR_ALL).send("I meant 8")

    assert (t.said, t.asked) == (["Changed to 8."], "Why 8?")
    assert t.send("the driver was kind").recorded == {"why": "the driver was kind"}
    assert t.asked == "Again?"


def test_a_correction_within_the_same_branch_keeps_the_reopened_question_open() -> None:
    t = went_back_to_the_reason(BY_BAND).send("I meant 2")

    assert (t.recorded, t.asked) == ({"score": 2}, "What went wrong?")


def test_a_correction_into_another_branch_asks_the_first_unanswered_question_there() -> None:
    t = went_back_to_the_reason(BY_BAND).send("I meant 8")

    assert (t.withdrawn, t.asked) == (["bad"], "What was missing?")


def test_a_correction_into_no_branch_goes_on_behind_it() -> None:
    t = went_back_to_the_reason(BY_BAND).send("I meant 10")

    assert (t.withdrawn, t.asked) == (["bad"], "Again?")


def test_the_reopened_question_can_be_left_as_it_was() -> None:
    t = went_back_to_the_reason(WHY_FOR_ALL).send("I meant 8").send("skip")

    assert (t.recorded, t.withdrawn, t.asked) == ({}, [], "Again?")


def test_a_reopened_last_question_does_not_end_the_survey_unasked() -> None:
    body = """
        questions:
          - {id: score, type: nps, text: {en: "Score?"}}
          - {id: why, type: text, text: {en: "Why?"}, tell_more: {en: "Tell us more?"}}
    """
    t = talk(body).send("3").send("late").send("back").send("I meant 8")

    assert (t.asked, t.session.status) == ("Why?", "active")


def test_a_case_that_needs_both_answers_opens_when_the_reopened_one_is_confirmed() -> None:
    body = """
        questions:
          - {id: score, type: nps, text: {en: "Score?"}}
          - {id: moved, type: yes_no, text: {en: "Moved?"}}
          - {id: again, type: yes_no, text: {en: "Again?"}}
        recovery: [{when: score <= 2 and moved, team: care}]
    """
    t = talk(body).send("3").send("yes").send("back").send("I meant 2").send("yes")

    assert [type(effect).__name__ for effect in t.effects].count("Recover") == 1


def test_oh_no_i_meant_two_at_a_yes_no_question_corrects_the_score() -> None:
    body = """
        questions:
          - {id: score, type: nps, text: {en: "Score?"}}
          - {id: again, type: yes_no, text: {en: "Again?"}}
    """
    t = talk(body).send("9").send("oh no, I meant 2")

    assert (t.recorded, t.said, t.asked) == ({"score": 2}, ["Changed to 2."], "Again?")
