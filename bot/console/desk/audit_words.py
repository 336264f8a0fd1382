"""An entry of the audit in the reader's language: who, what, and the details that are stored with it as codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.console.desk.words import Words
from bot.recovery.desk import Desk
from bot.storage.audit import Entry

LONGEST = 160
"""Characters of a detail that are shown."""
GROUPS = {
    "reason": "inbox.reasons",
    "root_cause": "inbox.causes",
    "channel": "inbox.channels",
    "role": "roles",
    "resumed": "audit.resumed",
}
"""Whose words a detail's code is in."""
PAIRS = (("from", "to", "changed"), ("from_agent", "to_agent", "agent"))
"""Two details that are read as one: before → after."""


@dataclass(frozen=True)
class Detail:
    """`at` (ISO 8601) in place of `text` where it is a time."""

    label: str
    text: str = ""
    at: str = ""


def who(words: Words, actor: str) -> str:
    return _word(words, "audit.actors", actor)


def what(words: Words, entry: Entry) -> str:
    return _word(words, "audit.kinds", entry.kind)


def details(words: Words, entry: Entry, desk: Desk) -> list[Detail]:
    left, found = dict(entry.data), []
    for before, after, label in PAIRS:
        if before in left or after in left:
            pair = [_changed(words, entry, desk, left.pop(name, None)) for name in (before, after)]
            if pair != ["", ""]:
                found.append(Detail(_label(words, label), " → ".join(part or "–" for part in pair)))
    return found + [_detail(words, key, value, desk) for key, value in left.items() if value not in (None, "", [], {})]


def _detail(words: Words, key: str, value: Any, desk: Desk) -> Detail:
    label = _label(words, key)
    if key == "until":
        return Detail(label, at=str(value))
    if key in ("team", "teams"):
        teams = [value] if isinstance(value, str) else value
        return Detail(label, ", ".join(_team(words, desk, team) for team in teams))
    if key in GROUPS:
        return Detail(label, _word(words, GROUPS[key], str(value).lower()))
    return Detail(label, _short(value.upper() if key == "metric" else value))


def _changed(words: Words, entry: Entry, desk: Desk, value: Any) -> str:
    """One side of a change: a state, a team, a role, a score or a name."""
    if value is None:
        return ""
    if isinstance(value, str) and entry.source == "case":
        return _team(words, desk, value) if value in desk.teams else _word(words, "inbox.states", value)
    return _word(words, "roles", str(value)) if entry.source == "staff" else _short(value)


def _label(words: Words, key: str) -> str:
    return _word(words, "audit.labels", key)


def _team(words: Words, desk: Desk, key: str) -> str:
    return desk.team(key).name(words.language)


def _word(words: Words, group: str, code: str) -> str:
    """In words, where there are some; else as it is stored."""
    key = f"{group}.{code}"
    return words(key) if words.has(key) else code


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    text = ", ".join(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
