"""The bot's own words: every language has all of them, with the same places to fill."""

from __future__ import annotations

import string

import pytest

from bot.conversation import phrases


def places(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


@pytest.mark.parametrize("language", phrases.languages())
def test_every_language_has_every_phrase_with_the_same_places(language: str) -> None:
    english, own = phrases._phrases("en"), phrases._phrases(language)
    assert own.keys() == english.keys()
    assert {name: places(words) for name, words in own.items()} == {n: places(w) for n, w in english.items()}


@pytest.mark.parametrize("language", phrases.languages())
def test_a_phrase_is_a_sentence_or_two(language: str) -> None:
    assert all(len(words) <= 180 for words in phrases._phrases(language).values())
