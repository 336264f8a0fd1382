"""Why something with a case or a chat is not possible now, told to the agent in their language, wherever they work."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.errors import ConductorError


class Refusal(ConductorError):
    """`reason` is a key of `refusals.yml`; `values` fill its braces. As a text it is English."""

    def __init__(self, reason: str, **values: Any) -> None:
        self.reason, self.values = reason, values
        super().__init__(self.say("en"))

    def say(self, language: str) -> str:
        """The sentence, in a language; one without words of its own has the English ones."""
        words = _all().get(language, {}).get(self.reason) or _all()["en"][self.reason]
        states = {n: _state(str(self.values[n]), language) for n in ("state", "after") if n in self.values}
        return str(words).format(**{**self.values, **states})


def _all() -> dict[str, Any]:
    return _read("refusals.yml")


def _state(state: str, language: str) -> str:
    told = _read("told.yml")
    return str({**told["en"]["states"], **told.get(language, {}).get("states", {})}.get(state, state))


@cache
def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    return found
