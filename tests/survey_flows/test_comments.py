"""A remark beside an answer is kept as its comment, and skips no question."""

from __future__ import annotations

import pytest

from survey_flows.effects import Ended, Recorded, Recover
from survey_flows.inputs import Added, Edited
from survey_flows.questions.text import LONGEST
from tests.survey_flows.support import BRANCHING, Talk, talk
from tests.survey_flows.test_edits import BODY


def comments(t: Talk) -> list[tuple[str, str, bool]]:
    return [(e.node, e.comment, e.retold) for e in t.effects if isinstance(e, Recorded)]


@pytest.mark.parametrize(
    ("text", "comment"),
    [
        ("2, the driver threw it over the fence", "the driver threw it over the fence"),
        ("2 because nobody rang", "because nobody rang"),
        ("2, late", "late"),
        ("2 late", "late"),
        ("2", ""),
        ("2, sorry", ""),
        ("2 thanks", ""),
        ("2 points", ""),
    ],
)
def test_what_is_said_beside_a_score_is_its_comment_and_the_next_question_is_asked(text: str, comment: str) -> None:
    t = talk(BODY).send(text)
    assert comments(t) == [("score", comment, False)]
    assert str(t.asked).endswith("What went wrong?")


def test_own_words_are_the_answer_itself() -> None:
    t = talk(BODY).send("2").send("the driver threw it over the fence, and nobody rang")
    assert comments(t) == [("bad", "", False)]


def test_what_is_added_to_a_score_is_added_to_its_comment() -> None:
    t = talk(BODY).send("2, nobody rang").send(Added("score", "and it was wet"))
    assert comments(t) == [("score", "and it was wet", False)]


def test_an_edit_says_anew_what_stands_beside_the_score() -> None:
    t = talk(BODY).send("2, nobody rang").send(Edited("score", "3, my neighbour has it now", "2, nobody rang"))
    assert comments(t) == [("score", "my neighbour has it now", True)]
    assert comments(t.send(Edited("score", "4", "3, my neighbour has it now"))) == [("score", "", True)]


@pytest.mark.parametrize(("edited", "comment"), [("2, it was late", "it was late"), ("2", "")])
def test_an_edit_that_keeps_the_score_still_says_anew_what_stands_beside_it(edited: str, comment: str) -> None:
    t = talk(BODY).send("2, the driver was drunk").send(Edited("score", edited, "2, the driver was drunk"))
    assert comments(t) == [("score", comment, True)]
    assert comments(t.send(Edited("score", edited, edited))) == []


def test_a_corrected_score_keeps_what_was_said_beside_it() -> None:
    assert comments(talk(BODY).send("2, nobody rang").send("I meant 3")) == [("score", "", False)]


def test_a_comment_has_an_end() -> None:
    [(_, comment, _)] = comments(talk(BODY).send("2, because " + "it was late and wet " * 900))
    assert len(comment) <= LONGEST


def test_a_stop_beside_a_score_keeps_the_score_and_ends_the_survey() -> None:
    t = talk(BODY).send("2, late, stop texting me")
    assert (comments(t), t.asked, t.session.status) == ([("score", "late", False)], None, "stopped")
    assert t.names == ["Recorded", "OptedOut", "Recover", "Say", "Ended"]


def test_the_case_of_who_stops_is_opened_without_a_promise() -> None:
    heard = [talk(BRANCHING).send(text).effects for text in ("2", "2, stop")]
    silent = [e.silent for effects in heard for e in effects if isinstance(e, Recover)]
    assert silent == [False, True]


def test_a_stop_beside_the_last_answer_says_no_farewell() -> None:
    t = talk(BRANCHING).send("9").send("yes, it was great, stop")
    assert t.recorded == {"liked": True}
    assert [e.status for e in t.effects if isinstance(e, Ended)] == ["stopped"]
    assert len(t.said) == 1


def test_a_stop_beside_an_answer_that_is_none_is_a_stop() -> None:
    t = talk(BODY).send("11, stop")
    assert (t.recorded, t.asked, t.names) == ({}, None, ["OptedOut", "Say", "Ended"])


def test_a_stop_beside_a_reopened_answer_withdraws_what_left_the_path() -> None:
    t = talk(BRANCHING).send("2").send("It was late and wet").send("back").send("back").send("9, stop")
    assert (t.recorded, t.withdrawn, t.session.status) == ({"score": 9}, ["why"], "stopped")
