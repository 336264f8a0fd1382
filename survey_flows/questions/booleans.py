"""What yes/no questions share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from survey_flows import wording
from survey_flows.model import Question
from survey_flows.prompt import Choice, Form
from survey_flows.questions.base import QuestionType, Rejected


class BooleanType(QuestionType):
    form: Form = "yes_no"
    kind = "bool"

    def choices(self, question: Question, language: str, fallback: str) -> tuple[Choice, ...]:
        yes, no = wording.phrase(language, "yes"), wording.phrase(language, "no")
        return Choice(True, yes, keypad="1"), Choice(False, no, keypad="2")

    def accept(self, question: Question, value: Any, today: str = "") -> bool:
        if not isinstance(value, bool):
            raise Rejected
        return value

    def quick(self, question: Question, text: str) -> bool | None:
        """The keypad's digits."""
        return {"1": True, "2": False}.get(text)

    def show(self, question: Question, value: Any, language: str, fallback: str) -> str:
        return wording.phrase(language, "yes" if value else "no")

    def examples(self, question: Question) -> Sequence[bool]:
        return True, False
