"""What questions with options share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from survey_flows.model import Option, Question
from survey_flows.prompt import Choice
from survey_flows.questions.base import QuestionType, find_option, words


class OptionsType(QuestionType):
    """A question with options. The options of the handed question are in the order in which they are shown."""

    fields = frozenset({"options", "shuffle"})

    def mistakes(self, question: Question) -> Iterable[tuple[str, str, str]]:
        if len(question.options) < 2:
            yield "options", f"a {self.name} question needs at least two options", "Add `- {key: …, label: {…}}` lines."
        counted = Counter(option.key for option in question.options)
        for key in (key for key, times in counted.items() if times > 1):
            yield "options", f'the option "{key}" is there twice', "Give each option a key of its own."

    def choices(self, question: Question, language: str, fallback: str) -> tuple[Choice, ...]:
        return tuple(
            Choice(
                option.key,
                words(option.label, language, fallback),
                short=words(option.short, language, fallback),
                emoji=option.emoji,
                keypad=str(position),
            )
            for position, option in enumerate(question.options, 1)
        )

    def numbered(self, question: Question, text: str) -> Option | None:
        """The option with this digit in front, unless digits mean something else in these options ("2 weeks", "3")."""
        if len(text) != 1 or text not in "123456789" or int(text) > len(question.options):
            return None
        if any(_has_digits(option) for option in question.options):
            return None
        return question.options[int(text) - 1]

    def label(self, question: Question, key: object, language: str, fallback: str) -> str:
        option = find_option(question, key)
        return words(option.label, language, fallback) if option else str(key)


def _has_digits(option: Option) -> bool:
    synonyms = (word for words in option.synonyms.values() for word in words)
    names = (option.key, *option.label.values(), *option.short.values(), *synonyms)
    return any(character.isdigit() for name in names for character in name)
