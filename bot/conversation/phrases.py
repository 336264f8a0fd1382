"""The bot's own words, outside surveys and FAQs. One YAML file per language in `phrases/`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

_FOLDER = Path(__file__).parent / "phrases"
FALLBACK = "en"


@cache
def _phrases(language: str) -> dict[str, str]:
    phrases: dict[str, str] = yaml.safe_load((_FOLDER / f"{language}.yml").read_text(encoding="utf-8"))
    return phrases


@cache
def languages() -> tuple[str, ...]:
    """Languages that the bot's own words exist in."""
    return tuple(sorted(f.stem for f in _FOLDER.glob("*.yml")))


def phrase(name: str, language: str, channel: str = "", **values: str) -> str:
    """The words for `name`, in `language` or else in English. Where a channel needs others (nobody writes on the
    telephone), they stand as `name.channel`. Raises KeyError for a name that no file has."""
    for words in (_phrases(language) if language in languages() else {}, _phrases(FALLBACK)):
        known = words.get(f"{name}.{channel}") or words.get(name)
        if known:
            return known.format(**values)
    raise KeyError(name)
