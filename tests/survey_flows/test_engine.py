"""The engine: the way through a survey, one small survey for each thing it does."""

from __future__ import annotations

import pytest

from survey_flows import engine
from survey_flows.effects import (
    Ask,
    Ended,
    Recorded,
    Recover,
    Say,
)
from survey_flows.inputs import AskAgain
from survey_flows.problems import SurveyError
from survey_flows.reading import control, value
from tests.survey_flows.support import BRANCHING, NOW, survey, talk


def test_a_detractor_is_recorded_recovered_and_asked_why() -> None:
    t = talk(BRANCHING).send("3")
    recorded, recover, ask = t.effects
    assert recorded == Recorded("score", "score", "nps", 3, "3", "nps", 3.0, "detractor")
    assert recover == Recover(0, "care", "high", 240, "score", "nps", 3.0, "detractor", "Somebody writes by {due}.")
    assert isinstance(ask, Ask)
    assert ask.prompt.text == "Why 3?"


def test_a_promoter_jumps_ahead_and_reaches_the_end() -> None:
    t = talk(BRANCHING).send("10")
    assert t.asked == "Liked?"
    t.send(value(True))
    assert t.effects[-2:] == (Say("Bye.", "ending"), Ended("completed", "done"))
    assert t.session.over
    assert t.send("hello?").effects == ()


def test_a_case_opens_once() -> None:
    t = talk(BRANCHING).send("3").send(control("back")).send("2")
    assert "Recover" not in t.names
    assert t.recorded == {"score": 2}


def test_greeting_comes_before_the_first_question() -> None:
    body = 'attributes: {name: {fallback: {en: there}}}\ngreeting: "Hi {contact.name}!"\nquestions: [{id: a, type: text, text: A}]'  # noqa: E501
    assert talk(body).said == ["Hi there!"]
    assert talk(body, attributes={"name": "Ada", "secret": "x"}).said == ["Hi Ada!"]
    assert "secret" not in talk(body, attributes={"secret": "x"}).session.attributes


@pytest.mark.parametrize(("channel", "heard"), [("sms", "Hi! STOP ends it."), ("voice", "Hi! Say stop to end it.")])
def test_callers_hear_a_greeting_of_their_own(channel: str, heard: str) -> None:
    greetings = 'greeting: "Hi! STOP ends it."\ngreeting_spoken: "Hi! Say stop to end it."'
    assert talk(greetings + "\nquestions: [{id: a, type: text, text: A}]", channel=channel).said == [heard]


REVIEW = """
questions: [{id: score, type: nps, text: "Score?"}]
review:
  url: https://example.com/review
  text: "Tell others? {url}"
  wording: [{when: score.band == promoter, text: "Great! Tell others? {url}"}]
"""


@pytest.mark.parametrize(
    ("score", "said"), [("9", "Great! Tell others?"), ("7", "Tell others?"), ("0", "Tell others?")]
)
def test_everybody_is_offered_the_same_review_in_words_of_their_own(score: str, said: str) -> None:
    [offered] = [e for e in talk(REVIEW).send(score).effects if isinstance(e, Say) and e.role == "review"]
    assert offered.text == f"{said} https://example.com/review"


def test_a_wording_that_leaves_out_the_link_is_refused() -> None:
    gated = REVIEW.replace("Great! Tell others? {url}", "Great!")
    with pytest.raises(SurveyError, match="leaves out the link"):
        talk(gated)


def test_messages_are_said_once_on_the_way() -> None:
    body = "questions: [{id: m, type: message, text: Hello.}, {id: a, type: nps, text: A}, {id: n, type: message, text: Nearly.}]"  # noqa: E501
    t = talk(body)
    assert t.said == ["Hello."]
    assert t.send("3").said == ["Nearly.", "Bye."]


def test_a_session_belongs_to_the_definition_it_began_with() -> None:
    t = talk(BRANCHING)
    with pytest.raises(ValueError, match="load the definition it began with"):
        engine.receive(survey("questions: [{id: a, type: text, text: A}]"), t.session, AskAgain(), NOW)


def test_earlier_responses_and_typed_attributes() -> None:
    body = """
        attributes: {orders: {type: number}}
        questions:
          - {id: a, type: nps, when: earlier.past.score < 7 and contact.orders > 3, text: A}
          - {id: b, type: nps, text: B}
    """
    assert talk(body, earlier={"past": {"score": 3}}, attributes={"orders": "4"}).asked == "A"
    assert talk(body, earlier={"past": {"score": 3}}, attributes={"orders": "many"}).asked == "B"
    assert talk(body).asked == "B"
