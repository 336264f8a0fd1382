"""Questions that no classifier is taught: `benchmarks/questions/`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.learning.features import WORD, normalised

FOLDER = Path(__file__).parents[1] / "questions"
NOTHING = "nothing"
"""In the place of an entry's key: none answers."""


@dataclass(frozen=True)
class Question:
    """What a customer asks, the entry that answers it ("" for none), and the language."""

    text: str
    entry: str
    language: str


@cache
def asked() -> dict[str, tuple[Question, ...]]:
    """The sets of questions by their names."""
    phrasings, customers = _read("phrasings.yml"), _read("customers.yml")
    sets = {"phrasings en": _questions(phrasings, "en")}
    for language, entries in customers.items():
        sets[f"customers {language}"] = _questions({k: v for k, v in entries.items() if k != NOTHING}, language)
        sets[f"no answer {language}"] = _questions({"": entries[NOTHING]}, language)
    return sets


def never_taught(text: str) -> bool:
    """Whether a phrasing is one of the questions, but for capitals, accents and punctuation."""
    return _plain(text) in _all()


@cache
def _all() -> frozenset[str]:
    return frozenset(_plain(question.text) for questions in asked().values() for question in questions)


def _plain(text: str) -> str:
    return " ".join(WORD.findall(normalised(text)))


def _questions(entries: dict[str, list[str]], language: str) -> tuple[Question, ...]:
    return tuple(Question(text, key, language) for key, texts in entries.items() for text in texts)


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    return found
