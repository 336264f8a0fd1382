"""Any number of several options, within `at_least` and `at_most`. The value is the list of keys, in the options' order.

An `exclusive` option ("none of these") stands alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from survey_flows import wording
from survey_flows.model import Question
from survey_flows.prompt import Form
from survey_flows.questions.base import Rejected, register
from survey_flows.questions.options import OptionsType


@register
class MultiChoice(OptionsType):
    name = "multi_choice"
    form: Form = "multi_choice"
    kind = "options"
    fields = OptionsType.fields | {"at_least", "at_most"}

    def mistakes(self, question: Question) -> Iterable[tuple[str, str, str]]:
        yield from super().mistakes(question)
        free = sum(not option.exclusive for option in question.options)
        if question.at_least > free:
            what = f"at_least is {question.at_least}, but only {free} options can be chosen together"
            yield "at_least", what, "Lower at_least, or add options."
        if question.at_most and question.at_most < max(1, question.at_least):
            yield "at_most", "at_most is less than at_least", "Raise at_most, or leave it out."

    def accept(self, question: Question, value: Any, today: str = "") -> list[str]:
        if not isinstance(value, (list, tuple)) or not value:
            raise Rejected
        known = {option.key for option in question.options}
        if not all(isinstance(key, str) and key in known for key in value):
            raise Rejected
        chosen = [option for option in question.options if option.key in set(value)]
        alone = next((option for option in chosen if option.exclusive), None)
        if alone is not None:
            if len(chosen) > 1:
                raise Rejected("exclusive", option=alone.key)
        elif len(chosen) < question.at_least:
            raise Rejected("at_least", limit=question.at_least)
        if question.at_most and len(chosen) > question.at_most:
            raise Rejected("at_most", limit=question.at_most)
        return [option.key for option in chosen]

    def quick(self, question: Question, text: str) -> list[str] | None:
        option = self.numbered(question, text)
        if option is None or (question.at_least > 1 and not option.exclusive):
            return None
        return [option.key]

    def show(self, question: Question, value: Any, language: str, fallback: str) -> str:
        keys = value if isinstance(value, (list, tuple)) else [value]
        return wording.join(language, [self.label(question, key, language, fallback) for key in keys], "and")

    def examples(self, question: Question) -> Sequence[list[str]]:
        free = [option.key for option in question.options if not option.exclusive]
        least, most = max(1, question.at_least), min(len(free), question.at_most or len(free))
        starts = [free[i:] + free[:i] for i in range(len(free))]
        sizes = sorted({least, most})
        found = [sorted(start[:size], key=free.index) for size in sizes for start in starts]
        found += [[option.key] for option in question.options if option.exclusive]
        return [keys for i, keys in enumerate(found) if keys and keys not in found[:i]]
