"""An answer in the customer's own words. When it is very short, `tell_more` asks once for a little more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from survey_flows.model import Question
from survey_flows.prompt import Form
from survey_flows.questions.base import QuestionType, Rejected, register
from survey_flows.recorded import is_marked, unmarked

LONGEST = 10_000
"""Characters kept of one answer. More is cut: nobody reads it, and a 100 kB message must not grow every later turn."""
FEW_WORDS = 4
"""Answers with fewer words than this are worth one follow-up."""


@register
class FreeText(QuestionType):
    name = "text"
    form: Form = "text"
    kind = "text"
    fields = frozenset({"tell_more"})

    def accept(self, question: Question, value: Any, today: str = "") -> str:
        text = value.strip()[:LONGEST] if isinstance(value, str) else ""
        if not text:
            raise Rejected
        return text

    def wants_more(self, question: Question, value: str) -> bool:
        if is_marked(value):
            return False  # nobody knows yet how much was said
        return bool(question.tell_more) and len(value.split()) < FEW_WORDS

    def show(self, question: Question, value: Any, language: str, fallback: str) -> str:
        return unmarked(str(value))

    def examples(self, question: Question) -> Sequence[str]:
        return ("It took longer than I had hoped", "Fine")
