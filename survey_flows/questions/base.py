"""What a question type is. One type per file in this folder; each registers itself (`register`) when the package is
imported."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from survey_flows.effects import Band, Metric
from survey_flows.model import Option, Question, Text
from survey_flows.prompt import Choice, Form

COMMON_FIELDS = frozenset(
    {"id", "type", "text", "short", "help", "required", "reasks", "on_unreadable", "timeout", "next", "when"}
)


class Rejected(Exception):
    """A value is no valid answer to the question. `phrase` is the key of the words that say why ("" for the usual
    re-ask)."""

    def __init__(self, phrase: str = "", **values: object) -> None:
        super().__init__(phrase or "not a value of this question")
        self.phrase, self.values = phrase, values


@dataclass(frozen=True, slots=True)
class Scored:
    """What an answer counts for."""

    metric: Metric = ""
    score: float | None = None
    band: Band = ""


UNSCORED = Scored()


def words(text: Text, language: str, fallback: str = "") -> str:
    """The text in `language`, else in the `fallback` language, else in whichever there is, else ""."""
    found = text.get(language) or text.get(fallback)
    return found or next((value for value in text.values() if value), "")


class QuestionType:
    """One kind of question. Stateless: everything it needs is handed in.

    `name` as written in files; `form` how channels render it; `fields` the fields it understands beside the common
    ones; `kind` what conditions may do with its value: number, bool, option, options, text, date or none; `banded`
    whether `.band` can be asked for.
    """

    name: str = ""
    form: Form = "text"
    fields: frozenset[str] = frozenset()
    kind: str = "text"
    banded: bool = False

    def complete(self, question: Question) -> Question:
        """Fills in what the type fixes by itself (the scale of an NPS question)."""
        return question

    def mistakes(self, question: Question) -> Iterable[tuple[str, str, str]]:
        """What is wrong in a definition: (field, what, mend)."""
        return ()

    def choices(self, question: Question, language: str, fallback: str) -> tuple[Choice, ...]:
        """What the customer can pick; empty when the answer is free."""
        return ()

    def accept(self, question: Question, value: Any, today: str = "") -> Any:
        """The value as it is stored; raises `Rejected` when it is no answer. Nothing from outside is stored
        unchecked."""
        raise Rejected

    def quick(self, question: Question, text: str) -> Any:
        """The value of a text that is plainly one (digits on a scale), or None: the full reader decides."""
        return None

    def score(self, question: Question, value: Any) -> Scored:
        return UNSCORED

    def show(self, question: Question, value: Any, language: str, fallback: str) -> str:
        """The value in words, for piping and for "Did you mean 8 or 9?"."""
        return f"{value:g}" if isinstance(value, float) else str(value)

    def examples(self, question: Question) -> Sequence[Any]:
        """Some valid answers, at least one for each way the value can steer: for checks, simulations and previews."""
        return ()


_TYPES: dict[str, QuestionType] = {}


def register(question_type: type[QuestionType]) -> type[QuestionType]:
    """Class decorator: makes the type known under its name."""
    if question_type.name in _TYPES:
        raise ValueError(f'question type "{question_type.name}" is registered twice')
    _TYPES[question_type.name] = question_type()
    return question_type


def all_types() -> dict[str, QuestionType]:
    return dict(_TYPES)


def find_option(question: Question, key: object) -> Option | None:
    return next((option for option in question.options if option.key == key), None)
