"""`{contact.name}` and `{score}` in texts: checked at load, filled in at run time.

`{name|fallback}` gives a fallback of its own; `{{` and `}}` are plain braces. What is filled in is never read for pipes
again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from survey_flows.questions import type_of
from survey_flows.questions.base import find_option, words
from survey_flows.questions.date import show_date
from survey_flows.rules import SKIPPED
from survey_flows.rules_syntax import RuleError
from survey_flows.scope import Scope

LONGEST_VALUE = 200
"""Characters of a piped value. A customer's long answer must not flood the next question."""

Fill = Callable[[Mapping[str, Any]], str]
Piped = str | tuple[str | Fill, ...]
"""A text ready to be filled: a plain string, or its parts."""

_PIPE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_NAME = re.compile(r"^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$")


def split(text: str) -> list[str | tuple[str, str | None]]:
    """The parts of a text: plain strings, and (name, own fallback) for pipes. Raises `RuleError` for a stray brace."""
    parts: list[str | tuple[str, str | None]] = []
    at = 0
    for match in _PIPE.finditer(text):
        parts.append(text[at : match.start()])
        at = match.end()
        if match[0] in ("{{", "}}"):
            parts.append(match[0][0])
            continue
        if match[1] is None:
            raise RuleError(f'a single "{match[0]}" in a text', 'Write "{{" or "}}" for a plain brace.')
        name, bar, fallback = match[1].partition("|")
        name = name.strip()
        if not _NAME.match(name):
            raise RuleError(
                f'"{{{match[1]}}}" names nothing', "Write for example {contact.name} or {contact.name|friend}."
            )
        parts.append((name, fallback if bar else None))
    parts.append(text[at:])
    return [part for part in parts if part != ""]


def outline(text: str) -> str:
    """The text with "…" where something is filled in: what anybody may read."""
    return "".join(part if isinstance(part, str) else "…" for part in split(text))


def check(text: str, scope: Scope, extra: Iterable[str] = ()) -> None:
    """Raises `RuleError` when the text has a pipe that means nothing in its scope."""
    for part in split(text):
        if isinstance(part, tuple) and part[0] not in extra:
            _meaning(part[0], scope)


def _meaning(name: str, scope: Scope) -> Any:
    symbol = scope.symbol(name)
    if symbol.kind == "band" or name.startswith(("split.", "earlier.")) or name in ("channel", "language"):
        raise RuleError(f'"{{{name}}}" cannot be put into a text', "Pipe an answer, a contact attribute or {option}.")
    return symbol


def prepare(text: str, scope: Scope, language: str, extra: Mapping[str, str] | None = None) -> Piped:
    """The text of a checked survey, ready to be filled in `language`. `extra` holds fixed values ({url})."""
    parts: list[str | Fill] = []
    for part in split(text):
        if isinstance(part, str):
            filled: str | Fill = part
        elif extra is not None and part[0] in extra:
            filled = extra[part[0]]
        else:
            filled = _filler(part[0], part[1], scope, language)
        if isinstance(filled, str) and parts and isinstance(parts[-1], str):
            parts[-1] += filled
        else:
            parts.append(filled)
    if all(isinstance(part, str) for part in parts):
        return "".join(str(part) for part in parts)
    return tuple(parts)


def _filler(name: str, fallback: str | None, scope: Scope, language: str) -> Fill | str:
    first = scope.world.languages[0]
    symbol = _meaning(name, scope)
    if symbol.constant is not None and scope.loop is not None:
        option = find_option(scope.loop, symbol.constant)
        return words(option.label, language, first) if option else symbol.constant
    question = symbol.question
    if question is not None:
        show = type_of(question).show
        return _fact(symbol.name, fallback or "", lambda value: show(question, value, language, first))
    attribute = scope.world.attributes[name.partition(".")[2]]
    known = attribute.fallback.get(language)
    own = fallback if fallback is not None else attribute.fallback.get(first, "") if known is None else known
    return _fact(symbol.name, own, lambda value: _plain(value, attribute.type, language))


def _fact(name: str, fallback: str, show: Callable[[Any], str]) -> Fill:
    def fill(facts: Mapping[str, Any]) -> str:
        value = facts.get(name)
        if value is None or value is SKIPPED or value == "":
            return fallback
        shown = show(value)
        return shown if len(shown) <= LONGEST_VALUE else shown[: LONGEST_VALUE - 1].rstrip() + "…"

    return fill


def _plain(value: Any, kind: str, language: str) -> str:
    if kind == "date":
        try:
            return show_date(str(value)[:10], language)
        except ValueError:
            return str(value)  # an attribute as the contact list had it: shown as it is
    return f"{value:g}" if isinstance(value, float) else str(value)


def fill(piped: Piped, facts: Mapping[str, Any]) -> str:
    """The text with its values. Where a value is empty, the gap it leaves is closed ("Hello !" → "Hello!")."""
    if isinstance(piped, str):
        return piped
    parts = [part if isinstance(part, str) else part(facts) for part in piped]
    return "".join(parts) if all(parts) else _close_gaps(parts)


def _close_gaps(parts: list[str]) -> str:
    result, gap = "", False
    for words_ in parts:
        if not words_:
            gap = True
            continue
        if gap and (not result or (result[-1].isspace() and not words_[0].isalnum())):
            result = result.rstrip(" ")
            if not result:
                words_ = words_.lstrip(" ,")
        result, gap = result + words_, False
    return result
