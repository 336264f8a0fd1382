"""Texts that no word list was tuned on (`benchmarks/answers.py` prints the same, by language)."""

from __future__ import annotations

import pytest

from benchmarks.answers import LANGUAGES, Row, blind, controls, held_out, tallies
from survey_flows.answers import available

HELD_OUT = [row for row in controls() if held_out(row.text)]
OTHERS = [row for row in controls() if not held_out(row.text)]
BLIND = list(blind())


def test_opt_outs_of_the_held_out_third_are_read_precisely_and_completely() -> None:
    found = tallies(HELD_OUT)[0]["all"]

    assert found.wanted >= 200
    assert found.hits / found.given >= 0.99
    assert found.hits / found.wanted >= 0.99


@pytest.mark.parametrize(("rows", "least"), [(HELD_OUT, 0.98), (OTHERS, 0.995), (BLIND, 0.97)])
def test_most_texts_are_read_rightly(rows: list[Row], least: float) -> None:
    found, wrong = tallies(rows)

    assert found["all"].right / found["all"].rows >= least, wrong


def test_every_language_has_its_share() -> None:
    assert set(LANGUAGES) == set(available())
    for language in LANGUAGES:
        own = [row for row in controls() if row.language == language]
        assert sum(row.expected != "none" for row in own) >= 150
        assert sum(row.expected == "none" for row in own) >= 70


def test_no_text_stands_twice_in_one_language() -> None:
    rows = [*controls(), *(row for row in BLIND if row.steers)]
    texts = [(row.language, row.text.casefold()) for row in controls()]

    assert len(texts) == len(set(texts))
    assert all(row.expected for row in rows)
