"""One of several options. The value is the option's key."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from survey_flows.model import Option, Question
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
        """The digit in front of an option, unless digits mean something else in these options ("2 weeks", "3")."""
        if len(text) != 1 or text not in "123456789" or int(text) > len(question.options):
            return None
        if any(_has_digits(option) for option in question.options):
            return None
        return question.options[int(text) - 1].key

    def show(self, question: Question, value: Any, language: str, fallback: str) -> str:
        return self.label(question, value, language, fallback)

    def examples(self, question: Question) -> Sequence[str]:
        return tuple(option.key for option in question.options)


@lru_cache(maxsize=1024)
def _digits(words: tuple[str, ...]) -> bool:
    return any(character.isdigit() for word in words for character in word)


def _has_digits(option: Option) -> bool:
    synonyms = (word for words in option.synonyms.values() for word in words)
    return _digits((option.key, *option.label.values(), *option.short.values(), *synonyms))
