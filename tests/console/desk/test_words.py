"""The console's words: the same in every language, and every one that a page asks for is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.console.desk.words import LANGUAGES, Words, preferred, read

HERE = Path("bot/console/desk")
_USE = re.compile(r"""\b(?:w|words)\(\s*["']([a-z_]+(?:\.[a-z0-9_]+)+)["']""")


def leaves(texts: Any, path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in texts.items():
        assert isinstance(key, str), f"quote the key {key!r} below {path}: YAML takes it for something else"
        if isinstance(value, dict):
            yield from leaves(value, f"{path}{key}.")
        else:
            assert isinstance(value, str), f"{path}{key} is no text"
            yield f"{path}{key}", value


def test_every_language_says_everything() -> None:
    first = dict(leaves(read(LANGUAGES[0])))
    for language in LANGUAGES[1:]:
        other = dict(leaves(read(language)))
        assert set(other) == set(first)
        for key, text in first.items():
            holes = [sorted(re.findall(r"\{\w+\}", t)) for t in (text, other[key])]
            assert holes[0] == holes[1], key


def test_every_word_that_a_page_asks_for_is_there() -> None:
    words = Words("en")
    files = [*HERE.rglob("*.html"), *HERE.rglob("*.py")]
    asked = {key: file for file in files for key in _USE.findall(file.read_text(encoding="utf-8"))}
    assert len(asked) > 20
    assert {f"{key} in {file.name}" for key, file in asked.items() if not words.has(key)} == set()


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-CH,de;q=0.9", "de"),
        ("fr,de;q=0.5", "de"),
        ("fr", "en"),
        ("en-US,de", "en"),
        (";,", "en"),
    ],
)
def test_the_first_language_that_we_have(accept: str, language: str) -> None:
    assert preferred(accept) == language
