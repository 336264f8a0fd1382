"""A number, with an optional unit, range and wholeness."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from survey_flows.model import Question
from survey_flows.prompt import Form
from survey_flows.questions.base import QuestionType, Rejected, register, words


@register
class Number(QuestionType):
    name = "number"
    form: Form = "number"
    kind = "number"
    fields = frozenset({"minimum", "maximum", "whole", "unit"})

    def mistakes(self, question: Question) -> Iterable[tuple[str, str, str]]:
        low, high = question.minimum, question.maximum
        if low is not None and high is not None and low >= high:
            yield "minimum", f"the minimum {low:g} is not below the maximum {high:g}", "Exchange the two."

    def accept(self, question: Question, value: Any, today: str = "") -> int | float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise Rejected
        if question.whole and value != int(value):
            raise Rejected("not_whole")
        if question.minimum is not None and value < question.minimum:
            raise Rejected("below", limit=f"{question.minimum:g}")
        if question.maximum is not None and value > question.maximum:
            raise Rejected("above", limit=f"{question.maximum:g}")
        return int(value) if value == int(value) else value

    def quick(self, question: Question, text: str) -> int | None:
        if len(text) > 9 or not (text.isascii() and text.isdigit()):
            return None
        number = int(text)
        low, high = question.minimum, question.maximum
        return number if (low is None or number >= low) and (high is None or number <= high) else None

    def show(self, question: Question, value: Any, language: str, fallback: str) -> str:
        unit = words(question.unit, language, fallback)
        return f"{value:g} {unit}".rstrip() if abs(value) < 1e6 else f"{value} {unit}".rstrip()

    def examples(self, question: Question) -> Sequence[int | float]:
        low = question.minimum if question.minimum is not None else 0
        high = question.maximum if question.maximum is not None else low + 100
        middle = int((low + high) / 2)
        return sorted({int(n) if n == int(n) else n for n in (low, middle, high) if low <= n <= high})
