"""What a picture says of itself, in its reader's language (`told.yml`)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml


def told(language: str, key: str, **values: object) -> str:
    """The words for `key` (``timeouts.remind``), in English where `language` has none. Raises KeyError for an unknown
    key."""
    words = _all().get(language, _all()["en"])
    for step in key.split("."):
        words = words[step]
    return str(words).format(**values) if values else str(words)


def type_name(language: str, question_type: str) -> str:
    """What a type of question is called; metrics (NPS, CES, CSAT) are called the same everywhere."""
    types: Mapping[str, str] = _all().get(language, _all()["en"])["types"]
    return types.get(question_type, question_type.replace("_", " "))


@cache
def _all() -> Mapping[str, Any]:
    found: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("told.yml").read_text(encoding="utf-8"))
    return found
