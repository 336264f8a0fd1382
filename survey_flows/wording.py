"""The engine's own words, by language (`phrases/*.yml`). A language without a file of its own uses English."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).with_name("phrases")


@lru_cache(maxsize=1)
def available() -> frozenset[str]:
    """Languages in which the engine has words of its own."""
    return frozenset(path.stem for path in _FOLDER.glob("*.yml"))


@lru_cache(maxsize=32)
def phrases(language: str) -> dict[str, Any]:
    """All phrases of a language; ``de-AT`` falls back to ``de``, and any unknown language to English."""
    base = language.split("-")[0].lower()
    stem = base if base in available() else "en"
    loaded: dict[str, Any] = yaml.safe_load((_FOLDER / f"{stem}.yml").read_text(encoding="utf-8"))
    return loaded


def phrase(language: str, key: str, **values: object) -> str:
    """One phrase with its values filled in. `key` must exist in every phrase file (a test sees to it)."""
    return str(phrases(language)[key]).format(**values)


def join(language: str, parts: list[str], last: str) -> str:
    """ "a, b or c": `last` is the phrase key of the last conjunction, "or" or "and"."""
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + f" {phrases(language)[last]} " + parts[-1]
