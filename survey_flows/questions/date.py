"""A calendar date. The value is ISO 8601 (2026-03-05). `kind` may demand one in the past or the future; today counts as
both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from survey_flows import wording
from survey_flows.model import Question
from survey_flows.prompt import Form
from survey_flows.questions.base import QuestionType, Rejected, register

KINDS = ("any", "past", "future")


@register
class Date(QuestionType):
    name = "date"
    form: Form = "date"
    kind = "date"
    fields = frozenset({"kind"})

    def mistakes(self, question: Question) -> Iterable[tuple[str, str, str]]:
        if question.kind not in ("", *KINDS):
            yield "kind", f'a date cannot be of kind "{question.kind}"', "Use past, future or any."

    def accept(self, question: Question, value: Any, today: str = "") -> str:
        try:
            day = date.fromisoformat(value if isinstance(value, str) else "").isoformat()
        except ValueError as error:
            raise Rejected from error
        if today and question.kind == "past" and day > today[:10]:
            raise Rejected("not_past")
        if today and question.kind == "future" and day < today[:10]:
            raise Rejected("not_future")
        return day

    def show(self, question: Question, value: Any, language: str, fallback: str) -> str:
        return show_date(str(value), language)

    def examples(self, question: Question) -> Sequence[str]:
        return ("2999-12-31",) if question.kind == "future" else ("2020-02-29",)


def show_date(iso: str, language: str) -> str:
    """ "5 March 2026", in the language's own way."""
    day = date.fromisoformat(iso)
    month = wording.phrases(language)["months"][day.month - 1]
    return wording.phrase(language, "date", day=day.day, month=month, year=day.year)
