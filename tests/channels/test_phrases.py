"""The words that renderers add: every language has all of them, with the same places to fill."""

from __future__ import annotations

import string

import pytest

from channels import phrases
from channels.slack import phrases as slack
from channels.twilio_voice import words as telephone

TABLES = {"shared": phrases._PHRASES, "slack": slack._all(), "telephone": telephone._all()}
ROWS = [(table, language) for table, words in TABLES.items() for language in words]


def places(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


@pytest.mark.parametrize(("table", "language"), ROWS)
def test_every_language_has_every_phrase_with_the_same_places(table: str, language: str) -> None:
    english, own = TABLES[table]["en"], TABLES[table][language]

    assert {name: places(words) for name, words in own.items()} == {name: places(w) for name, w in english.items()}


def test_the_tables_know_the_same_languages() -> None:
    assert {table: sorted(words) for table, words in TABLES.items()} == dict.fromkeys(TABLES, sorted(TABLES["shared"]))


def test_a_language_without_words_of_its_own_gets_english_ones() -> None:
    assert phrases.phrase("sv", "scale", low=0, high=10) == "Reply with a number from 0 to 10."
