"""Reads the fields of one mapping of a survey file, noting every mistake and going on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from survey_flows.model import Text
from survey_flows.problems import Problem, suggest
from survey_flows.yaml_marks import MarkedDict, MarkedList

KEY = re.compile(r"^[a-z0-9_]+$")
_DURATION = re.compile(r"^([0-9]{1,5})\s*([mhd])$")
_MINUTES = {"m": 1, "h": 60, "d": 1440}


class Notes:
    """Collects the problems of one file."""

    def __init__(self, file: str, problems: list[Problem], languages: tuple[str, ...] = ()) -> None:
        self.file, self.problems, self.languages = file, problems, languages
        self.also: tuple[str, ...] = ()
        """Languages that texts may have as well (those of a sub-survey's own file)."""
        self.untyped: set[str] = set()
        """Questions whose type is unknown: that is said once, and not again wherever they are named."""

    def add(self, line: int, what: str, mend: str = "") -> None:
        self.problems.append(Problem(self.file, line, what, mend))


class Fields:
    """One mapping. `place` names it in problems ('question "score"'). Call `finish` last: it reports unknown fields."""

    def __init__(self, data: Any, notes: Notes, place: str, line: int = 0) -> None:
        self.notes, self.place = notes, place
        if not isinstance(data, MarkedDict):
            notes.add(line, f"{place} must be a mapping of fields", "Write `field: value` lines.")
            data = MarkedDict(line)
        self.data: MarkedDict = data
        self.asked: set[str] = set()

    def line(self, name: str = "") -> int:
        return self.data.line_of(name) if name else self.data.line

    def has(self, name: str) -> bool:
        return self.data.get(name) is not None

    def problem(self, name: str, what: str, mend: str = "") -> None:
        self.notes.add(self.line(name), what, mend)

    def raw(self, name: str) -> Any:
        self.asked.add(name)
        return self.data.get(name)

    def _missing(self, name: str, example: str) -> None:
        self.problem("", f'{self.place} has no "{name}"', f"Add `{name}: {example}`.")

    def word(
        self, name: str, *, required: bool = False, pattern: re.Pattern[str] | None = KEY, default: str = ""
    ) -> str:
        """A single word; by default of a–z, 0–9 and _."""
        value = self.raw(name)
        if value is None:
            if required:
                self._missing(name, "…")
            return default
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            self.problem(name, f'"{name}" of {self.place} must be a word', f'Put it in quotes: `{name}: "…"`.')
            return default
        value = str(value)
        if pattern is not None and not pattern.match(value):
            self.problem(name, f'"{value}" is no valid {name} for {self.place}', "Use only a–z, 0–9 and _.")
        return value

    def one_of(self, name: str, known: Iterable[str], default: str) -> str:
        value = self.word(name, pattern=None, default=default)
        known = tuple(known)
        if value not in known:
            self.problem(name, f'"{value}" is no {name} for {self.place}', suggest(value, known))
            return default
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.raw(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.problem(name, f'"{name}" of {self.place} must be true or false', f"Write `{name}: true`.")
            return default
        return value

    def number(self, name: str, *, low: float | None = None, high: float | None = None) -> float | None:
        value = self.raw(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.problem(name, f'"{name}" of {self.place} must be a number, not "{value}"', f"Write `{name}: 3`.")
            return None
        if (low is not None and value < low) or (high is not None and value > high):
            bounds = f"at least {low:g}" if high is None else f"from {low or 0:g} to {high:g}"
            self.problem(
                name, f'"{name}" of {self.place} is {value:g}; it must be {bounds}', "Choose a number within it."
            )
            return None
        return float(value) if isinstance(value, float) else int(value)

    def integer(self, name: str, default: int, *, low: int = 0, high: int | None = None) -> int:
        value = self.number(name, low=low, high=high)
        if value is None:
            return default
        if value != int(value):
            self.problem(name, f'"{name}" of {self.place} must be a whole number', f"Write `{name}: {int(value)}`.")
        return int(value)

    def duration(self, name: str, default: int) -> int:
        """Minutes, from "30m", "4h" or "7d"."""
        value = self.raw(name)
        if value is None:
            return default
        match = _DURATION.match(str(value))
        if not match or int(match[1]) == 0:
            self.problem(
                name, f'"{name}" of {self.place} is no duration: "{value}"', "Write for example 30m, 4h or 7d."
            )
            return default
        return int(match[1]) * _MINUTES[match[2]]

    def text(self, name: str, *, required: bool = False) -> Text:
        """Words in each language. A plain string counts as the survey's first language."""
        value = self.raw(name)
        first = self.notes.languages[0] if self.notes.languages else "en"
        if value is None:
            if required:
                self._missing(name, f'{{{first}: "…"}}')
            return {}
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            return {first: str(value)}
        if not isinstance(value, MarkedDict):
            self.problem(
                name, f'"{name}" of {self.place} must be words by language', f'Write `{name}: {{{first}: "…"}}`.'
            )
            return {}
        return self._by_language(name, value, required, first)

    def _by_language(self, name: str, value: MarkedDict, required: bool, first: str) -> Text:
        words: dict[str, str] = {}
        for language, text in value.items():
            line = value.line_of(language)
            if language in self.notes.languages:
                if isinstance(text, (str, int, float)) and not isinstance(text, bool):
                    words[language] = str(text)
                else:
                    self.notes.add(
                        line, f'"{name}" of {self.place} has no words for {language}', 'Put them in quotes: "…".'
                    )
            elif language not in self.notes.also:
                what = (
                    f'"{name}" of {self.place} has words in "{language}", which is not one of the survey\'s languages'
                )
                self.notes.add(line, what, f'Add {language} to "languages", or remove it here.')
        if required and not words.get(first, "").strip() and not (first in value and first not in words):
            self.problem(
                name, f'"{name}" of {self.place} has no words in {first}, the fallback language', f"Add `{first}: …`."
            )
        return words

    def items(self, name: str, *, required: bool = False, example: str = "") -> list[tuple[Any, int]]:
        """The items of a list, each with its line. `example`: how to write what was probably meant."""
        value = self.raw(name)
        if value is None:
            if required:
                self._missing(name, "[…]")
            return []
        if not isinstance(value, MarkedList):
            self.problem(
                name,
                f'"{name}" of {self.place} must be a list',
                f"Write {example}." if example else "Begin each item with `- `.",
            )
            return []
        return list(zip(value, value.lines, strict=True))

    def mapping(self, name: str) -> MarkedDict:
        value = self.raw(name)
        if value is None:
            return MarkedDict(self.line())
        if not isinstance(value, MarkedDict):
            self.problem(name, f'"{name}" of {self.place} must be a mapping', "Write `name: …` lines, indented.")
            return MarkedDict(self.line(name))
        return value

    def finish(self, meant: Mapping[str, str] | None = None) -> None:
        """Reports unknown fields. `meant`: the right name for words that are natural here and wrong."""
        for name in self.data:
            if name not in self.asked:
                right = (meant or {}).get(name)
                mend = f'Did you mean "{right}"?' if right else suggest(name, self.asked)
                self.problem(name, f'unknown field "{name}" in {self.place}', mend)
