"""A scale says which of its ends is the good one, also where the survey does not."""

from __future__ import annotations

import pytest

from survey_flows import engine
from survey_flows.wording import available, phrases
from tests.survey_flows.support import talk


def ends(question: str, language: str = "en", **context: str) -> tuple[str, str]:
    t = talk(
        f"""
        languages: [{language}]
        greeting: {{{language}: "Hi"}}
        questions: [{{id: q, {question}, text: {{{language}: "How was it?"}}}}]
        endings: {{done: {{text: {{{language}: "Bye"}}}}}}
        """,
        language=language,
        **context,
    )
    prompt = engine.prompt(t.survey, t.session)
    assert prompt is not None
    return prompt.low, prompt.high


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("type: csat", ("very dissatisfied", "very satisfied")),
        ("type: ces", ("very difficult", "very easy")),
        ('type: ces, version: "1.0"', ("very little effort", "very much effort")),
        ("type: csat, low: {en: bad}, high: {en: good}", ("bad", "good")),
        ("type: csat, low: {en: bad}", ("bad", "")),
        ("type: 'rating', scale: [1, 5]", ("", "")),
    ],
)
def test_the_usual_words_stand_where_the_survey_has_none(question: str, expected: tuple[str, str]) -> None:
    assert ends(question) == expected


@pytest.mark.parametrize("language", sorted(available()))
@pytest.mark.parametrize(("question", "scale"), [("type: csat", "csat"), ("type: ces", "ces_2.0")])
def test_in_every_language(language: str, question: str, scale: str) -> None:
    assert ends(question, language) == tuple(phrases(language)["ends"][scale])


def test_none_in_a_language_we_do_not_speak() -> None:
    assert ends("type: csat", "sv") == ("", "")


@pytest.mark.parametrize(("text", "value"), [("very satisfied", 5), ("very dissatisfied", 1)])
def test_whoever_says_an_end_means_it(text: str, value: int) -> None:
    t = talk('questions: [{id: q, type: csat, text: {en: "How?"}}, {id: why, type: text, text: {en: "Why?"}}]').send(
        text
    )
    assert t.recorded == {"q": value}
