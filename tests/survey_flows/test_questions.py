"""Each question type: what it accepts, what it refuses and why, how it is scored and shown."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from survey_flows.effects import Ask
from survey_flows.model import Question
from survey_flows.questions import TYPES, Rejected, type_of
from survey_flows.reading import NOT_AN_ANSWER, control, value
from tests.survey_flows.support import problems, source, survey, talk

OPTIONS = "options: [{key: a, label: Apples}, {key: b, label: Bread}, {key: n, label: None, exclusive: true}]"


def question(fields: str) -> Question:
    return survey(f"questions: [{{id: q, text: Q, {fields}}}]").nodes[0].question


ACCEPTED = [
    ("type: nps", 0, 0), ("type: nps", 10, 10), ("type: nps", "10", 10), ("type: ces", 7, 7), ('type: ces, version: "1.0"', 5, 5),  # noqa: E501
    ("type: csat, stars: true", 1, 1), ("type: rating, scale: [0, 3]", 0, 0), (f"type: choice, {OPTIONS}", "b", "b"),
    (f"type: multi_choice, {OPTIONS}", ["b", "a", "b"], ["a", "b"]), (f"type: multi_choice, {OPTIONS}", ["n"], ["n"]),
    ("type: yes_no", False, False), ("type: consent", True, True), ("type: number", 3.0, 3), ("type: number", -2.5, -2.5),  # noqa: E501
    ("type: text", "  hi ", "hi"), ("type: text", "x" * 20_000, "x" * 10_000), ("type: date", "2026-02-28", "2026-02-28"),  # noqa: E501
    ("type: date, kind: past", "2026-01-05", "2026-01-05"), ("type: contact", "a@b.example", "a@b.example"),
    ("type: contact, kind: phone", "+49 30 901820", "+4930901820"),
]  # fmt: skip
REFUSED = [
    ("type: nps", 11, "outside"), ("type: nps", True, ""), ("type: nps", 7.0, ""), ("type: nps", "07", ""), ("type: csat", 0, "outside"),  # noqa: E501
    ("type: ces", 8, "outside"), ('type: ces, version: "1.0"', 6, "outside"), (f"type: choice, {OPTIONS}", "c", ""), (f"type: choice, {OPTIONS}", ["a"], ""),  # noqa: E501
    (f"type: multi_choice, {OPTIONS}", [], ""), (f"type: multi_choice, {OPTIONS}", ["a", "n"], "exclusive"),
    (f"type: multi_choice, at_least: 2, {OPTIONS}", ["a"], "at_least"), (f"type: multi_choice, at_most: 1, {OPTIONS}", ["a", "b"], "at_most"),  # noqa: E501
    ("type: yes_no", 1, ""), ("type: number", float("nan"), ""), ("type: number", float("inf"), ""), ("type: number, whole: true", 2.5, "not_whole"),  # noqa: E501
    ("type: number, minimum: 3", 2, "below"), ("type: number, maximum: 3", 4, "above"), ("type: text", "  ", ""), ("type: date", "2026-02-30", ""),  # noqa: E501
    ("type: date, kind: past", "2026-01-06", "not_past"), ("type: date, kind: future", "2026-01-04", "not_future"),
    ("type: contact", "a@b", ""), ("type: contact", "12345", ""), ("type: contact, kind: mail", "+4930901820", ""), ("type: message", "x", ""),  # noqa: E501
]  # fmt: skip


@pytest.mark.parametrize(("fields", "given", "stored"), ACCEPTED)
def test_accepts(fields: str, given: Any, stored: Any) -> None:
    asked = question(fields)
    assert type_of(asked).accept(asked, given, "2026-01-05") == stored


@pytest.mark.parametrize(("fields", "given", "why"), REFUSED)
def test_refuses_and_says_why(fields: str, given: Any, why: str) -> None:
    asked = question(fields)
    with pytest.raises(Rejected) as caught:
        type_of(asked).accept(asked, given, "2026-01-05")
    assert caught.value.phrase == why


@pytest.mark.parametrize(
    ("fields", "metric", "bands"),
    [
        ("type: nps", "nps", "DDDDDDDPP++"),
        ("type: csat", "csat", "DDP++"),
        ("type: ces", "ces2", "DDDP+++"),
        ('type: ces, version: "1.0"', "ces1", "++PDD"),
        ("type: rating, scale: [1, 3]", "rating", "___"),
    ],
)
def test_scores(fields: str, metric: str, bands: str) -> None:
    asked = question(fields)
    signs = {"detractor": "D", "passive": "P", "promoter": "+", "": "_"}
    scored = [type_of(asked).score(asked, value) for value in range(asked.scale[0], asked.scale[1] + 1)]
    assert {one.metric for one in scored} == {metric}
    assert "".join(signs[one.band] for one in scored) == bands


@pytest.mark.parametrize(
    ("fields", "value", "shown"),
    [
        (f"type: choice, {OPTIONS}", "a", "Apples"), (f"type: multi_choice, {OPTIONS}", ["a", "b"], "Apples and Bread"),
        ("type: yes_no", True, "Yes"), ("type: number, unit: {en: kg}", 2.5, "2.5 kg"), ("type: number", 1234567, "1234567"),  # noqa: E501
        ("type: date", "2026-03-05", "5 March 2026"), ("type: nps", 8, "8"),
    ],
)  # fmt: skip
def test_shows_values_in_words(fields: str, value: Any, shown: str) -> None:
    asked = question(fields)
    assert type_of(asked).show(asked, value, "en", "en") == shown


@pytest.mark.parametrize(
    ("fields", "mistake"),
    [
        ('type: ces, version: "3.0"', 'there is no CES version "3.0"'), ("type: rating", "a rating needs its scale"),
        ("type: rating, scale: [5, 1]", "does not rise"), ("type: rating, scale: [1, 2, 3]", "must be two whole numbers"),  # noqa: E501
        ("type: choice, options: [{key: a, label: A}]", "at least two options"), ("type: number, minimum: 5, maximum: 2", "is not below"),  # noqa: E501
        ("type: choice, options: [{key: a, label: A}, {key: a, label: B}]", 'the option "a" is there twice'),
        (f"type: multi_choice, at_least: 3, {OPTIONS}", "only 2 options"), ("type: date, kind: soon", 'cannot be of kind "soon"'),  # noqa: E501
        (f"type: multi_choice, at_least: 2, at_most: 1, {OPTIONS}", "at_most is less than at_least"),
        ("type: contact, kind: fax", 'cannot be of kind "fax"'),
    ],
)  # fmt: skip
def test_mistakes_in_a_definition(fields: str, mistake: str) -> None:
    found = problems(source(f"questions: [{{id: q, text: Q, {fields}}}]"))
    assert any(mistake in problem for problem in found), found


def test_too_many_choices_are_explained() -> None:
    t = talk(f"questions: [{{id: q, type: multi_choice, at_most: 1, text: Q, {OPTIONS}}}]")
    assert t.send(value(["a", "b"])).asked == "Please choose 1 at most. Q"


@pytest.mark.parametrize("name", sorted(set(TYPES) - {"message"}))
@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_every_type_asks_and_asks_again_in_every_language(name: str, language: str) -> None:
    needs = yaml.safe_load(f"{{{OPTIONS}}}")["options"] if "options" in TYPES[name].fields else None
    fields = {"options": needs} if needs else {"scale": [1, 5]} if name == "rating" else {}
    text = yaml.safe_dump(
        {"languages": ["en", "de", "fr", "es"], "questions": [{"id": "q", "type": name, "text": "Q", **fields}]}
    )
    t = talk(text, language=language)
    first = t.effects[-1]
    assert isinstance(first, Ask)
    assert first.prompt.form == TYPES[name].form
    assert len({t.send(NOT_AN_ANSWER).asked for _ in range(3)}) == 3
    assert t.send(control("help")).said[0]
