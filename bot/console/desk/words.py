"""The console's words: `words/<language>/<page>.yml`, one file a page, the same keys in each language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).with_name("words")
LANGUAGES = ("en", "de")


class Words:
    """`words("sign_in.title", name="Ada")`: the page's file, then its keys; what stands in braces is filled in."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else LANGUAGES[0]
        self._texts = read(self.language)

    def __call__(self, key: str, **values: Any) -> str:
        text = self.part(key)
        if not isinstance(text, str):
            raise KeyError(key)
        return text.format(**values) if values else text

    def part(self, key: str) -> Any:
        """A text, or all below a key, for a page's script. Raises KeyError for an unknown one."""
        here: Any = self._texts
        for step in key.split("."):
            here = here[step]
        return here

    def has(self, key: str) -> bool:
        try:
            return isinstance(self.part(key), str)
        except (KeyError, TypeError):
            return False


@lru_cache(maxsize=len(LANGUAGES))
def read(language: str) -> Mapping[str, Any]:
    """Page → its texts."""
    files = sorted((FOLDER / language).glob("*.yml"))
    return {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in files}


def preferred(accept: str) -> str:
    """The first language of an `Accept-Language` header that we have, else English."""
    for part in accept.split(","):
        code = part.partition(";")[0].strip().lower()[:2]
        if code in LANGUAGES:
            return code
    return LANGUAGES[0]
