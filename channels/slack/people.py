"""What Slack knows of the people who write to us: a name and a language. Remembered, so that nobody is looked up
twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels.slack.found import mapping

REMEMBERED = 10_000
"""People. Forgetting one costs a call."""


@dataclass(frozen=True, slots=True)
class Person:
    """`language`: two letters of their locale. None: Slack does not say."""

    name: str | None = None
    language: str | None = None


class People:
    """A memory with a limit: who came first is forgotten first."""

    def __init__(self, limit: int = REMEMBERED) -> None:
        self._limit = limit
        self._known: dict[str, Person] = {}

    def known(self, user: str) -> Person | None:
        return self._known.get(user)

    def learn(self, user: str, info: Any) -> Person:
        """Keep what `users.info` says of `user` (https://docs.slack.dev/reference/methods/users.info)."""
        self._known[user] = _person(mapping(info))
        if len(self._known) > self._limit:
            del self._known[next(iter(self._known))]
        return self._known[user]


def _person(info: Mapping[str, Any]) -> Person:
    names = (mapping(info.get("profile")).get("display_name"), info.get("real_name"), info.get("name"))
    name = next((n.strip()[:120] for n in names if isinstance(n, str) and n.strip()), None)
    language = str(info.get("locale") or "")[:2].lower()
    return Person(name, language if language.isascii() and language.isalpha() and len(language) == 2 else None)
