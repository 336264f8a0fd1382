"""The engine: words that are no answer, wishes (later, stop, help, a person, another language), and time."""

from __future__ import annotations

import pytest

from survey_flows.effects import (
    Ended,
    HandOver,
    LanguageChanged,
    OptedOut,
    Paused,
)
from survey_flows.inputs import AskAgain, Expire, SetLanguage, TimedOut
from survey_flows.reading import NOT_AN_ANSWER, ambiguous, control, value
from tests.survey_flows.support import BRANCHING, talk

# Words that are no answer


def test_three_reasks_in_different_words_then_skip() -> None:
    t = talk(BRANCHING)
    asked = [t.send(NOT_AN_ANSWER).asked for _ in range(3)]
    assert len(set(asked)) == 3
    assert all(words.endswith("Score?") for words in asked)
    assert "Ten is best." in asked[2]
    assert t.send(NOT_AN_ANSWER).recorded == {"score": None}
    assert t.asked == "More?"


def test_hand_over_when_the_survey_says_so() -> None:
    body = "questions: [{id: a, type: nps, text: A, reasks: 1, on_unreadable: hand_over}]"
    t = talk(body).send(NOT_AN_ANSWER).send(NOT_AN_ANSWER)
    assert t.effects == (HandOver("unreadable"),)
    assert t.session.current == "a"
    assert not t.session.over


def test_no_reasks_at_all() -> None:
    t = talk("questions: [{id: a, type: nps, text: A, reasks: 0}, {id: b, type: text, text: B}]").send(NOT_AN_ANSWER)
    assert t.asked == "B"


def test_a_reask_of_a_required_question_does_not_offer_to_skip() -> None:
    t = talk("questions: [{id: a, type: nps, text: A, required: true}]")
    assert not any("skip" in str(t.send(NOT_AN_ANSWER).asked) for _ in range(3))


def test_an_ambiguous_answer_names_what_it_could_be() -> None:
    t = talk(BRANCHING).send(ambiguous(8, 9))
    assert t.asked == "Did you mean 8 or 9?"
    assert t.send("9").recorded == {"score": 9}


@pytest.mark.parametrize("bad", [11, -1, "seven", True, None, 3.5, [3]])
def test_a_reading_of_something_else_is_never_stored(bad: object) -> None:
    t = talk(BRANCHING).send(value(bad))
    assert t.recorded == {}
    assert t.session.reasks == 1


# Later, stop, help, person, language


def test_later_pauses_and_any_message_resumes() -> None:
    t = talk(BRANCHING).send(control("later"))
    assert t.effects[0] == Paused()
    assert t.session.status == "paused"
    t.send(NOT_AN_ANSWER)
    assert t.asked == "Score, 0 to 10?"
    assert t.session.status == "active"
    assert t.session.reasks == 0
    assert t.send(control("later")).send("9").recorded == {"score": 9}


def test_stop_ends_with_the_answers_kept() -> None:
    t = talk(BRANCHING).send("3").send(control("stop"))
    assert t.effects[0] == OptedOut()
    assert t.ended == Ended("stopped")
    assert t.session.answers["score"].value == 3


def test_help_repeat_and_start_ask_again() -> None:
    t = talk(BRANCHING)
    assert t.send(control("help")).said[0].startswith("Ten is best.")
    assert t.asked == "Score, 0 to 10?"
    assert t.send(control("repeat")).asked == "Score?"
    assert t.send(control("start")).asked == "Score?"
    assert t.session.reasks == 0


def test_a_person_is_called_and_the_question_stays_open() -> None:
    t = talk(BRANCHING).send(control("human"))
    assert t.effects == (HandOver("asked"),)
    assert t.session.current == "score"
    assert t.send(AskAgain()).asked == "Score, 0 to 10?"


def test_another_language() -> None:
    t = talk(BRANCHING).send(control("language", "de"))
    assert t.effects[0] == LanguageChanged("de")
    assert t.asked == "Note?"
    assert t.send(control("language", "fr")).said == ["Ich kann in diesen Sprachen weitermachen: English oder Deutsch."]
    assert t.send(SetLanguage("en")).asked == "Score?"
    assert t.send("10").send(SetLanguage("de-AT")).asked == "Gut?"


def test_a_rule_about_the_language_follows_a_change_of_it() -> None:
    body = "questions: [{id: a, type: yes_no, when: language == de, text: A}, {id: b, type: yes_no, text: B}]"
    t = talk(body)
    assert t.asked == "B"
    assert t.send(SetLanguage("de")).asked == "A"
    t.send(value(True))
    assert t.send(SetLanguage("en")).withdrawn == ["a"]


# Time


def test_a_timeout_reminds_once() -> None:
    t = talk("questions: [{id: a, type: nps, text: A, timeout: {after: 2h, then: remind}}]").send(TimedOut("a"))
    assert t.asked == "Whenever you have a moment: A"
    assert t.send(TimedOut("a")).effects == ()


@pytest.mark.parametrize(("then", "names"), [("skip", ["Recorded", "Say", "Ask"]), ("end", ["Ended"])])
def test_a_timeout_skips_or_ends(then: str, names: list[str]) -> None:
    body = f"questions: [{{id: a, type: nps, text: A, timeout: {{after: 2h, then: {then}}}}}, {{id: b, type: text, text: B}}]"  # noqa: E501
    assert talk(body).send(TimedOut("a")).names == names
    assert talk(body).send("3").send(TimedOut("a")).effects == ()  # it was answered meanwhile


def test_expire() -> None:
    assert talk(BRANCHING).send(Expire()).effects == (Ended("expired"),)
