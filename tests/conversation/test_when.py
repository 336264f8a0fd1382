"""How a due time is told to a customer."""

from __future__ import annotations

import pytest

from bot.conversation.when import due_in_words

MONDAY_NOON = "2026-11-23T12:00:00+00:00"


@pytest.mark.parametrize(
    ("due", "language", "zone", "words"),
    [
        ("2026-11-23T16:00:00+00:00", "en", "UTC", "16:00 today"),
        ("2026-11-23T16:00:00+00:00", "de", "Europe/Berlin", "heute, 17:00 Uhr"),
        ("2026-11-23T16:01:00+00:00", "en", "UTC", "16:05 today"),
        ("2026-11-23T23:58:00+00:00", "en", "UTC", "00:00 tomorrow"),
        ("2026-11-24T08:30:00+00:00", "fr", "UTC", "demain avant 08:30"),
        ("2026-11-27T08:30:00+00:00", "es", "UTC", "el viernes antes de las 08:30"),
        ("2026-11-23T22:30:00+00:00", "de", "Asia/Tokyo", "morgen, 07:30 Uhr"),
    ],
)
def test_due_in_words(due: str, language: str, zone: str, words: str) -> None:
    assert due_in_words(due, MONDAY_NOON, language, zone) == words
