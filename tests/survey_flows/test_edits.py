"""An edited message corrects the answer that it gave, wherever the survey stands by now."""

from __future__ import annotations

import pytest

from survey_flows.effects import Recorded, Recover
from survey_flows.inputs import Added, Edited
from tests.survey_flows.support import Talk, talk

BODY = """
    questions:
      - {id: score, type: nps, text: {en: "Score?"}}
      - {id: bad, type: text, when: score.band == detractor, text: {en: "What went wrong?"}}
      - {id: good, type: text, when: score.band == passive, text: {en: "What was missing?"}}
      - {id: again, type: yes_no, text: {en: "Again?"}}
      - {id: why, type: text, required: false, text: {en: "Why?"}, tell_more: {en: "Tell us more?"}}
    recovery:
      - {when: score.band == detractor, team: care}
"""


PRICES = """
    questions:
      - {id: score, type: nps, text: {en: "Score?"}}
      - {id: fair, type: yes_no, when: score.band == detractor, text: {en: "Are prices fair?"}}
      - {id: why, type: text, text: {en: "Why?"}}
"""


def asked_again() -> Talk:
    return talk(BODY).send("8").send("a faster parcel")


def completed() -> Talk:
    return talk(BODY).send("9").send("yes").send("it was a good parcel indeed")


def test_the_answer_before_the_open_question_is_corrected() -> None:
    t = asked_again().send(Edited("score", "7", "8"))
    assert (t.recorded, t.said, t.asked) == ({"score": 7}, ["Changed to 7."], "Again?")


def test_into_another_branch_what_left_the_path_is_withdrawn() -> None:
    t = asked_again().send(Edited("score", "3", "8"))
    assert (t.recorded, t.withdrawn, t.asked) == ({"score": 3}, ["good"], "What went wrong?")
    assert "Recover" in t.names


def test_and_back_again_what_came_back_counts_again() -> None:
    t = asked_again().send(Edited("score", "3", "8")).send(Edited("score", "8", "3"))
    assert (t.recorded, t.asked) == ({"score": 8, "good": "a faster parcel"}, "Again?")


@pytest.mark.parametrize("text", ["I meant 7", "a solid 7", "7/10"])
def test_the_new_words_are_read_as_any_answer(text: str) -> None:
    assert asked_again().send(Edited("score", text, "8")).recorded == {"score": 7}


@pytest.mark.parametrize("text", ["11", "hello there", "skip", "eight or nine", ""])
def test_words_that_are_no_answer_change_nothing(text: str) -> None:
    t = asked_again()
    before = t.session
    t.send(Edited("score", text, "8"))
    assert (t.recorded, t.session.answers, t.asked) == ({}, before.answers, "Again?")
    assert t.said == ["I could not read an answer in what you changed, so it stays at 8."]


def test_the_same_value_in_other_words_is_nothing_new() -> None:
    assert asked_again().send(Edited("score", "8!", "8")).effects == ()


def test_own_words_are_replaced_and_not_repeated_to_the_customer() -> None:
    t = asked_again().send(Edited("good", "a much faster parcel", "a faster parcel"))
    assert (t.recorded, t.said) == ({"good": "a much faster parcel"}, ["I have noted your change."])


@pytest.mark.parametrize(
    ("before", "text", "whole"),
    [("fine", "lovely", "lovely\nthe driver waved"), ("the driver waved", "the driver sang", "fine\nthe driver sang")],
)
def test_of_an_answer_in_two_messages_the_edited_one_is_replaced(before: str, text: str, whole: str) -> None:
    t = talk(BODY).send("9").send("yes").send("fine").send("the driver waved")
    assert t.session.answers["why"].value == "fine\nthe driver waved"
    t.send(Edited("why", text, before))
    assert t.recorded == {"why": whole}


def test_words_that_say_enough_now_need_no_more() -> None:
    t = talk(BODY).send("9").send("yes").send("fine")
    assert t.asked == "Tell us more?"
    t.send(Edited("why", "fine, the driver even waved", "fine"))
    assert t.ended is not None


def test_words_that_are_still_few_keep_the_follow_up_open() -> None:
    t = talk(BODY).send("9").send("yes").send("fine").send(Edited("why", "finer", "fine"))
    assert (t.recorded, t.asked) == ({"why": "finer"}, "Tell us more?")


def test_a_question_left_out_is_answered_by_an_edit() -> None:
    t = talk(BODY).send("8").send("skip").send("skip").send(Edited("good", "speed was missing", "skip"))
    assert t.recorded == {"good": "speed was missing"}


def test_an_answer_that_left_the_path_stays_withdrawn() -> None:
    t = asked_again().send("I meant 3").send(Edited("good", "a lot", "a faster parcel"))
    assert (t.recorded, t.said, t.asked) == (
        {},
        ["That answer no longer counts, so nothing is changed."],
        "What went wrong?",
    )


def test_while_an_earlier_question_is_open_again_the_edit_counts_and_it_stays_open() -> None:
    t = asked_again().send("back").send(Edited("score", "7", "8"))
    assert (t.recorded, t.asked) == ({"score": 7}, "What was missing?")


def test_a_completed_response_is_corrected_and_stays_completed() -> None:
    t = completed().send(Edited("score", "10", "9"))
    assert (t.recorded, t.said, t.asked, t.ended) == ({"score": 10}, ["Changed to 10."], None, None)
    assert t.session.status == "completed"


def test_a_completed_response_that_was_unhappy_after_all_is_a_case_and_no_new_question() -> None:
    t = asked_again().send("yes").send("it was a good parcel indeed").send(Edited("score", "2", "8"))
    assert t.session.status == "completed"
    assert t.names == ["Recorded", "Withdrawn", "Recover", "Say"]
    assert t.withdrawn == ["good"]
    t.send(Edited("why", "no, it was bad", "it was a good parcel indeed"))
    assert t.recorded == {"why": "no, it was bad"}
    t.send(Edited("score", "7", "2"))
    assert (t.recorded, t.withdrawn) == ({"score": 7, "good": "a faster parcel"}, ["bad"])


def test_a_completed_response_keeps_its_answer_when_the_words_are_none() -> None:
    t = completed().send(Edited("score", "well", "9"))
    assert (t.recorded, t.asked) == ({}, None)
    assert t.said == ["I could not read an answer in what you changed, so it stays at 9."]


def test_a_stopped_response_takes_no_edit() -> None:
    t = asked_again().send("stop").send(Edited("score", "7", "8"))
    assert t.effects == ()


@pytest.mark.parametrize(
    ("text", "kept"), [("8, stop", {"score": 8}), ("3, late, stop", {"score": 3}), ("cancel", {}), ("99, stop", {})]
)
def test_a_stop_that_an_edit_brings_ends_the_survey_and_keeps_the_answer(text: str, kept: dict[str, int]) -> None:
    t = asked_again().send(Edited("score", text, "8"))
    assert (t.recorded, t.asked, t.session.status) == (kept, None, "stopped")
    assert [name for name in t.names if name in ("OptedOut", "Say", "Ended")] == ["OptedOut", "Say", "Ended"]
    assert "stopped" in t.said[0]


def test_an_edit_with_a_stop_keeps_its_comment_and_opens_its_case_without_a_promise() -> None:
    t = asked_again().send(Edited("score", "3, late, stop", "8"))
    assert [e.comment for e in t.effects if isinstance(e, Recorded) and e.node == "score"] == ["late"]
    assert [e.silent for e in t.effects if isinstance(e, Recover)] == [True]
    assert t.withdrawn == ["good"]


def test_a_completed_response_stays_completed_when_an_edit_brings_a_stop() -> None:
    t = completed().send(Edited("score", "10, stop", "9"))
    assert (t.recorded, t.asked, t.session.status) == ({"score": 10}, None, "completed")
    assert t.names == ["Recorded", "OptedOut", "Say"]


def test_a_stop_is_one_too_where_the_edited_answer_left_the_path() -> None:
    t = talk(PRICES).send("3").send("yes").send("I meant 9").send(Edited("fair", "no, stop", "yes"))
    assert (t.recorded, t.asked, t.session.status) == ({}, None, "stopped")


def test_something_added_becomes_part_of_an_answer_in_own_words() -> None:
    t = asked_again().send(Added("good", " and a dry one "))
    assert (t.recorded, t.asked) == ({"good": "a faster parcel\nand a dry one"}, "Again?")
    assert t.said == ["I have added that to your answer."]


def test_beside_a_score_what_is_added_is_kept_with_its_words() -> None:
    t = talk(BODY).send("9").send(Added("score", "but late"))
    assert (t.recorded, t.session.answers["score"].raw, t.asked) == ({"score": 9}, "9\nbut late", "Again?")
    assert "Recover" not in t.names
    assert t.session.shown == ("again:added", "score:told")


def test_a_completed_response_is_added_to_and_stays_completed() -> None:
    t = completed().send(Added("why", "and cheap"))
    assert t.recorded == {"why": "it was a good parcel indeed\nand cheap"}
    assert (t.session.status, t.asked) == ("completed", None)


def test_nothing_is_added_to_an_answer_that_left_the_path() -> None:
    t = asked_again().send(Edited("score", "3", "8")).send(Added("good", "and a dry one"))
    assert (t.recorded, t.asked) == ({}, "What went wrong?")


def test_an_edit_of_what_was_added_changes_its_line() -> None:
    t = asked_again().send(Added("good", "and a dry one")).send(Edited("good", "and dry", "and a dry one"))
    assert t.recorded == {"good": "a faster parcel\nand dry"}
