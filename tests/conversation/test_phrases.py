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
    assert {n for n in own if "." not in n} == {n for n in english if "." not in n}
    assert own.keys() == english.keys()  # also a channel's own words: no caller is told to write
    assert {name: places(words) for name, words in own.items()} == {n: places(english[n]) for n in own}


@pytest.mark.parametrize("language", phrases.languages())
def test_a_phrase_is_a_sentence_or_two(language: str) -> None:
    assert all(len(words) <= 180 for words in phrases._phrases(language).values())


def test_a_channels_own_words_go_before_the_common_ones_in_the_callers_language() -> None:
    assert "schreibt" in phrases.phrase("recovery", "de", "sms", due="morgen")
    assert "schreibt" not in phrases.phrase("recovery", "de", "voice", due="morgen")
    assert phrases.phrase("survey_closed", "de", "voice") == phrases.phrase("survey_closed", "de")


WRITING = (
    "write",
    "wrote",
    "WRITE",
    "schreib",
    "Écrivez",
    "écri",
    "Escribe",
    "escrib",
    "Schrijf",
    "schrijf",
    "Scriv",
    "scriv",
    "Escreva",
    "escrev",
    "apisz",
    "napis",
    "STOP",
    "START",
)


@pytest.mark.parametrize(
    ("language", "name"), [(lang, n) for lang in phrases.languages() for n in phrases._phrases(lang) if ".voice" in n]
)
def test_what_is_said_aloud_does_not_tell_anybody_to_write(language: str, name: str) -> None:
    said = phrases._phrases(language)[name]
    assert not [word for word in WRITING if word in said]
