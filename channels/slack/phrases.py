"""What the app says by itself, around a conversation: on its buttons, in its forms, on its Home tab (`phrases.yml`)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml


@cache
def _all() -> Mapping[str, Mapping[str, str]]:
    file = Path(__file__).with_name("phrases.yml")
    phrases: Mapping[str, Mapping[str, str]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return phrases


def say(language: str, name: str, **values: object) -> str:
    """The words for `name` in `language`, or else in English. Raises KeyError for an unknown name."""
    phrases = _all()
    return (phrases.get(language, {}).get(name) or phrases["en"][name]).format(**values)


def languages() -> tuple[str, ...]:
    """Languages that all of these words exist in."""
    return tuple(_all())
