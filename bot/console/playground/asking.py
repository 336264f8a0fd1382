"""What the page asks, checked. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels.contract import CHANNELS

MADE_UP = "playground-"
"""How an address begins that a page made up for its customer (`static/app.js`): nobody can be met there."""

_LANGUAGE = re.compile("[a-z]{2}")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""What no database takes; a keyboard can't write it either."""


class Missing(Exception):
    """Something in the page's request is missing or wrong; the text says what."""


@dataclass(frozen=True)
class Ask:
    """The JSON object of one request. Every getter raises Missing."""

    data: Mapping[str, Any]

    @classmethod
    def of(cls, body: bytes) -> Ask:
        try:
            data = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise Missing("Send one JSON object.") from error
        if not isinstance(data, dict):
            raise Missing("Send one JSON object.")
        return cls(data)

    def text(self, key: str, limit: int = 120) -> str:
        value = self.data.get(key)
        if not isinstance(value, str) or not value.strip() or len(value) > limit or _UNSTORABLE.search(value):
            raise Missing(f"`{key}` is needed: a text of 1 to {limit} characters.")
        return value.strip()

    def texts(self, key: str, most: int = 30, limit: int = 200) -> list[str]:
        values = self.data.get(key)
        if not isinstance(values, list) or not 0 < len(values) <= most:
            raise Missing(f"`{key}` is needed: a list of 1 to {most} texts.")
        return [Ask({key: value}).text(key, limit) for value in values]

    def optional(self, key: str, limit: int = 120) -> str | None:
        return self.text(key, limit) if self.data.get(key) else None

    def language(self) -> str:
        """Names a file of phrases later: nothing but a code may pass."""
        value = self.data.get("language")
        if not isinstance(value, str) or not _LANGUAGE.fullmatch(value):
            raise Missing("`language` is a two-letter code such as en or de.")
        return value

    def channel(self) -> str:
        value = self.data.get("channel")
        if value not in CHANNELS:
            raise Missing(f"`channel` is one of {', '.join(CHANNELS)}.")
        return str(value)
