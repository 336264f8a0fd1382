"""Mistakes in a survey file, as data: where, what is wrong, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake. `line` counts from 1; 0 means the file as a whole. `mend` tells the author what to do."""

    file: str
    line: int
    what: str
    mend: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.what}. {self.mend}".rstrip()


class SurveyError(Exception):
    """A survey file cannot be used. `problems` holds every mistake that was found, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems: list[Problem] = sorted(set(problems), key=lambda p: (p.file, p.line))
        super().__init__("\n".join(map(str, self.problems)))


def suggest(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """'Did you mean "text"?' when a known word is close to `word`; else `otherwise`, or the list of known words."""
    words = sorted({str(k) for k in known})
    close = get_close_matches(str(word), words, n=1, cutoff=0.6)
    if close:
        return f'Did you mean "{close[0]}"?'
    if otherwise or not words:
        return otherwise
    shown = ", ".join(words[:20]) + (", …" if len(words) > 20 else "")
    return f"Known here: {shown}."
