"""The telephone's own words, in `phrases.yml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml


@cache
def _all() -> Mapping[str, Mapping[str, str]]:
    phrases: Mapping[str, Mapping[str, str]] = yaml.safe_load(
        Path(__file__).with_name("phrases.yml").read_text(encoding="utf-8")
    )
    return phrases


def say(language: str, name: str, **values: object) -> str:
    """The words for `name` in `language`, or else in English. Raises KeyError for an unknown name."""
    return _all().get(language, _all()["en"])[name].format(**values)


def languages() -> tuple[str, ...]:
    return tuple(_all())
