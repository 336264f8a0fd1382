"""Conditions: what they mean, and which mistakes are found before anything runs."""

from __future__ import annotations

import pytest

from survey_flows.rules import SKIPPED
from survey_flows.rules_syntax import RuleError, parse
from tests.survey_flows.support import problems, source, survey

BODY = """
attributes: {{tier: {{type: text}}, orders: {{type: number}}, vip: {{type: bool}}}}
splits: {{tone: {{warm: 1, plain: 1}}}}
questions:
  - {{id: score, type: nps, text: S}}
  - {{id: ease, type: ces, text: E}}
  - {{id: why, type: text, text: W}}
  - {{id: color, type: choice, text: C, options: [{{key: red, label: R}}, {{key: blue, label: B}}]}}
  - {{id: liked, type: multi_choice, text: L, options: [{{key: speed, label: S}}, {{key: parking, label: P}}]}}
  - {{id: again, type: yes_no, text: A}}
  - {{id: day, type: date, text: D}}
  - {{id: last, type: text, text: Z, when: '{rule}'}}
"""
FACTS = {
    "score": 3, "ease": 6, "why": "The REFUND never came", "color": "red", "liked": ["speed"], "again": True, "day": "2026-03-05",  # noqa: E501
    "contact.tier": "gold", "contact.orders": 12, "contact.vip": True, "channel": "sms", "language": "de", "split.tone": "warm",  # noqa: E501
    "earlier.delivery.score": 5,
}  # fmt: skip


def rule(text: str):
    return survey(BODY.format(rule=text.replace("'", "''"))).nodes[-1].guards[0]


@pytest.mark.parametrize(
    "text",
    [
        "score <= 6", "score == 3", "score != 4", "score in [1, 2, 3]", "score.band == detractor", "score.band in [passive, detractor]",  # noqa: E501
        "ease.band == promoter", "color == red", 'color == "red"', "color != blue", "speed in liked", "not parking in liked",  # noqa: E501
        "parking not in liked", "count(liked) >= 1", "again", "again == true", 'day >= "2026-01-01"', "contact.tier in [gold, \"silver\"]",  # noqa: E501
        "contact.orders > 10", "contact.vip", "channel == sms", "language != en", "split.tone == warm", "earlier.delivery.score < 7",  # noqa: E501
        "answered(why)", "not skipped(why)", 'contains(why, "refund", "broken")', "true", "not false",
        "score > 9 or (again and ease > 5)", "not (score > 5 and again)", "not score > 5",
    ],
)  # fmt: skip
def test_holds(text: str) -> None:
    assert rule(text)(FACTS)


@pytest.mark.parametrize(
    "text",
    ["score <= 6", "score != 3", "score.band == detractor", "score.band != promoter", "color != red", "speed in liked", "again",  # noqa: E501
     "count(liked) < 5", "contains(why, x)", "contact.orders != 5", "earlier.delivery.score < 7", "answered(score)"],
)  # fmt: skip
@pytest.mark.parametrize("value", [None, SKIPPED])
def test_what_is_not_known_makes_every_comparison_false(text: str, value: object) -> None:
    compiled = rule(text)
    facts = {} if value is None else dict.fromkeys(compiled.names, SKIPPED)
    assert not compiled(facts)


def test_a_skipped_question_is_skipped_and_not_answered() -> None:
    assert rule("skipped(why)")({"why": SKIPPED})
    assert not rule("answered(why)")({"why": SKIPPED})


def test_a_value_of_another_kind_is_no_match() -> None:
    assert not rule("earlier.delivery.score < 7")({"earlier.delivery.score": "3"})
    assert not rule("earlier.delivery.score == 1")({"earlier.delivery.score": True})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("color == rd", 'Did you mean "red"?'),
        ("score.band == detracter", 'Did you mean "detractor"?'),
        ("channel == smss", 'Did you mean "sms"?'),
        ("split.tone == warmm", 'Did you mean "warm"?'),
        ("scor > 3", 'Did you mean "score"?'),
        ("contact.teir == gold", 'Did you mean "tier"?'),
        ("answerd(why)", 'Did you mean "answered"?'),
        ('score > "three"', "score is a number"),
        ("again == 1", "again is true or false"),
        ("color > red", '"color" has no order'),
        ("liked == speed", "may have several answers"),
        ("why.band == promoter", "has no bands"),
        ("count(score) > 1", "needs a multi_choice"),
        ("count(liked)", "is a number, no condition"),
        ("score", '"score" alone is no condition'),
        ("day > soon", "is a date"),
        ("score = 3", "Write == to compare."),
        ("5 > score", "the left side of a comparison must be a name"),
        ("score > 1 < 5", "comparisons cannot be chained"),
        ("(score > 3", "`)` is missing before the end"),
        ("score >", "ends too early"),
        ("score > 3 again", "`again` is not expected here"),
        ("option == red", "known only inside a loop"),
        ("earlier.x.score.band == promoter", "Compare its number"),
        ("last == x", "asked later"),
        ("__import__(os)", "there is no function"),
    ],
)
def test_mistakes_are_found_at_load(text: str, expected: str) -> None:
    found = problems(source(BODY.format(rule=text.replace("'", "''"))))
    assert any(expected in problem for problem in found), found


def test_siblings_of_a_shuffled_group_cannot_be_read() -> None:
    body = """
        questions:
          - group: g
            shuffle: true
            questions: [{id: a, type: yes_no, text: A}, {id: b, type: yes_no, text: B, when: a}]
    """
    assert any('same shuffled group "g"' in problem for problem in problems(source(body)))


@pytest.mark.parametrize("text", ["(" * 100 + "true" + ")" * 100, "x" * 3000, "", "   ", '"open', "a ; b", "[1,"])
def test_nonsense_is_a_rule_error_and_nothing_worse(text: str) -> None:
    with pytest.raises(RuleError):
        parse(text)
