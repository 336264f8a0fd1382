"""A bound ("more than 15") is no number: one is asked for, kindly, as often as for any other words."""

from __future__ import annotations

import pytest

from tests.survey_flows.support import talk

BODY = """
    questions:
      - {id: parcels, type: number, whole: true, minimum: 0, maximum: 20, text: {en: "How many?"}}
      - {id: why, type: text, text: {en: "Why?"}}
"""


@pytest.mark.parametrize("text", ["more than 15", "at least 15", "15 or more", "at least 40"])
def test_a_bound_is_asked_about(text: str) -> None:
    t = talk(BODY).send(text)
    assert (t.recorded, t.asked) == ({}, "Could you put it as one number? A rough one is enough. How many?")
    assert t.send("about 15").recorded == {"parcels": 15}


def test_whoever_only_knows_a_bound_is_not_asked_for_ever() -> None:
    t = talk(BODY)
    for _ in range(4):
        t.send("more than 15")
    assert (t.asked, t.recorded) == ("Why?", {"parcels": None})


def test_two_numbers_are_still_named() -> None:
    assert "10 or 15" in str(talk(BODY).send("10 or 15").asked)
