"""What all questions on a whole-number scale share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from survey_flows import wording
from survey_flows.effects import Band
from survey_flows.model import Question
from survey_flows.prompt import Choice, Form
from survey_flows.questions.base import QuestionType, Rejected

_STAR = "⭐"


@lru_cache(maxsize=256)
def _choices(low: int, high: int, stars: bool) -> tuple[Choice, ...]:
    return tuple(
        Choice(n, str(n), emoji=_STAR * n if stars and 0 < n <= 5 else "", keypad=str(n)) for n in range(low, high + 1)
    )


class ScaleType(QuestionType):
    """A whole number from `question.scale`. `fixed` is the scale when the type decides it."""

    form: Form = "scale"
    kind = "number"
    fields = frozenset({"low", "high", "halves"})
    fixed: tuple[int, int] | None = None

    def complete(self, question: Question) -> Question:
        return replace(question, scale=self.fixed) if self.fixed else question

    def choices(self, question: Question, language: str, fallback: str) -> tuple[Choice, ...]:
        low, high = question.scale or (0, 10)
        return _choices(low, high, question.stars)

    def accept(self, question: Question, value: Any, today: str = "") -> int:
        low, high = question.scale or (0, 10)
        if type(value) is str:  # a button may bring its value back as text
            quick = self.quick(question, value)
            value = value if quick is None else quick
        if type(value) in (int, float) and not low <= value <= high:
            raise Rejected("outside", number=f"{value:g}", low=low, high=high)
        if type(value) is not int:
            raise Rejected
        return value

    def quick(self, question: Question, text: str) -> int | None:
        if len(text) > 3 or not (text.isascii() and text.isdigit()) or (len(text) > 1 and text[0] == "0"):
            return None
        low, high = question.scale or (0, 10)
        number = int(text)
        return number if low <= number <= high else None

    def examples(self, question: Question) -> Sequence[int]:
        low, high = question.scale or (0, 10)
        return tuple(range(low, high + 1))


def with_ends(question: Question, scale: str) -> Question:
    """The question with the usual words for its ends (`ends` in `phrases/*.yml`), where it has none of its own: a bare
    1 and 5 don't tell which is the good one. Only where we have them in each of its languages."""
    if question.low or question.high:
        return question
    languages = {code: code.split("-")[0].lower() for code in question.text}
    if not languages.keys() or not wording.available().issuperset(languages.values()):
        return question
    ends = {code: wording.phrases(base)["ends"][scale] for code, base in languages.items()}
    low, high = ({code: str(pair[n]) for code, pair in ends.items()} for n in (0, 1))
    return replace(question, low=low, high=high)


def band(score: float, promoter: tuple[int, int], passive: tuple[int, int]) -> Band:
    """`promoter` for a score within the first bounds, `passive` within the second, otherwise `detractor`."""
    if promoter[0] <= score <= promoter[1]:
        return "promoter"
    return "passive" if passive[0] <= score <= passive[1] else "detractor"
