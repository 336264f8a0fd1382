"""One of several options. The value is the option's key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from survey_flows.model import Question
from survey_flows.prompt import Form
from survey_flows.questions.base import Rejected, find_option, register
from survey_flows.questions.options import OptionsType


@register
class SingleChoice(OptionsType):
    name = "choice"
    form: Form = "choice"
    kind = "option"

    def accept(self, question: Question, value: Any, today: str = "") -> str:
        option = find_option(question, value) if isinstance(value, str) else None
        if option is None:
            raise Rejected
        return option.key

    def quick(self, question: Question, text: str) -> str | None:
        option = self.numbered(question, text)
        return option.key if option else None

    def show(self, question: Question, value: Any, language: str, fallback: str) -> str:
        return self.label(question, value, language, fallback)

    def examples(self, question: Question) -> Sequence[str]:
        return tuple(option.key for option in question.options)
