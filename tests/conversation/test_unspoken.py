"""What is sent without words is named, whatever the channel calls it, and every language has a kind sentence for it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.conversation.phrases import languages, phrase
from bot.conversation.unspoken import _table, kinds, note
from channels.telegram.parse import MEDIA


@pytest.mark.parametrize(
    ("payload", "named"),
    [
        ({}, ()),
        ({"media": []}, ()),
        ({"media": "voice"}, ("voice",)),
        ({"media": ["audio/ogg"]}, ("voice",)),
        ({"media": ["image/webp"]}, ("sticker",)),
        ({"media": ["image/jpeg", "image/png"]}, ("picture",)),
        ({"media": ["video/mp4", "text/vcard"]}, ("video", "contact")),
        ({"media": ["application/pdf"]}, ("file",)),
        ({"media": [""]}, ("file",)),
        ({"location": True}, ("location",)),
    ],
)
def test_kinds(payload: dict[str, Any], named: tuple[str, ...]) -> None:
    assert kinds(payload) == named


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("media", MEDIA)
def test_whatever_telegram_sends_gets_a_sentence(media: str, language: str) -> None:
    [kind] = kinds({"media": media})
    assert phrase(f"unread_{kind}", language).endswith((".", "!"))


@pytest.mark.parametrize("kind", [*_table(), "file"])
def test_no_two_languages_say_the_same(kind: str) -> None:
    said = [phrase(f"unread_{kind}", language) for language in languages()]
    assert len(set(said)) == len(said), "a translation is missing: English stands in"


def test_a_person_reads_what_it_was() -> None:
    assert note("look", {"media": ["image/png"]}) == "look [picture]"
    assert note("", {"media": "voice"}) == "[voice]"
    assert note("👍", {"reaction": True}) == "[reaction] 👍"
    assert note("plain", {}) == "plain"
