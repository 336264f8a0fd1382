"""A number below zero is no place on a scale, in whatever words it comes: never the number without its sign."""

from __future__ import annotations

import pytest

from survey_flows.answers import available, read
from survey_flows.model import Question
from survey_flows.reading import NOT_AN_ANSWER, outside

SCALES = (
    Question(id="q", type="nps", text={}),
    Question(id="q", type="csat", text={}),
    Question(id="q", type="ces", text={}, version="2.0"),
    Question(id="q", type="rating", text={}, scale=(0, 5)),
)
BELOW_ZERO = (
    *("-3", "- 3", "−3", "–3", "- 3.", "➖3", "(-3)", "-3 points", "I'd say -3"),
    *("-three", "- three", "-drei", "- tres", "- trois"),
    *("minus 3", "minus three", "minus drei", "menos 3", "menos tres", "moins 3", "moins trois", "negative 3"),
)


@pytest.mark.parametrize("text", BELOW_ZERO)
@pytest.mark.parametrize("language", available())
@pytest.mark.parametrize("question", SCALES, ids=lambda question: question.type)
def test_a_number_below_zero_is_no_answer_on_a_scale(question: Question, language: str, text: str) -> None:
    others = tuple(code for code in available() if code != language)

    for languages in ((language, *others), (language,)):
        reading = read(question, text, language, languages)
        assert reading == NOT_AN_ANSWER or reading == outside(-3)
