"""What was told beside an answer ("2, the driver threw it") is not asked for as if nothing had been said: the next
question in own words that may ask for it says first that it is noted, and may be left with one word. Pure.

It is kept as marks in `Session.shown`, by node: told beside this answer, and noted before this question
(docs/adr/0030).
"""

from __future__ import annotations

from survey_flows import answers, piping
from survey_flows.answers.nothing_more import is_nothing_more
from survey_flows.model import Question
from survey_flows.plan import Step

_TOLD, _NOTED = ":told", ":noted"

_YES_NO = Question(id="_", type="yes_no", text={})


def remember(shown: tuple[str, ...], step: Step, comment: str, *, retold: bool) -> tuple[str, ...]:
    """`shown` after an answer to `step`, with what was told beside it. An answer in own words settles the matter."""
    if in_own_words(step):
        return tuple(mark for mark in shown if not mark.endswith(_TOLD))
    told = f"{step.id}{_TOLD}"
    if comment:
        return shown if told in shown else (*shown, told)
    return tuple(mark for mark in shown if mark != told) if retold else shown


def to_be_noted(shown: tuple[str, ...], step: Step, before: str) -> bool:
    """Whether it is said before `step`, about to be asked: a question in own words, which comes right behind what was
    told or names that answer ("the main reason for your {score}"). `before`: the node answered last."""
    told = {mark.removesuffix(_TOLD) for mark in shown if mark.endswith(_TOLD)}
    return bool(told) and in_own_words(step) and (before in told or not told.isdisjoint(_named(step)))


def _named(step: Step) -> set[str]:
    """The answers that the question names."""
    parts = [part for text in step.question.text.values() for part in piping.split(text)]
    return {part[0] for part in parts if isinstance(part, tuple)}


def note(shown: tuple[str, ...], step: Step) -> tuple[str, ...]:
    """`shown` once it is said before `step`."""
    return shown if is_noted(shown, step) else (*shown, f"{step.id}{_NOTED}")


def is_noted(shown: tuple[str, ...], step: Step) -> bool:
    return f"{step.id}{_NOTED}" in shown


def in_own_words(step: Step) -> bool:
    return step.question.type == "text"


def nothing_more(text: str, language: str, languages: tuple[str, ...]) -> bool:
    """Whether a text says that there is nothing to add, and nothing else: "no", "nothing", "that's all"."""
    if is_nothing_more(text, languages):
        return True
    reading = answers.read(_YES_NO, text, language, languages)
    if reading.kind == "control":
        return bool(reading.value == "skip")
    return reading.kind == "value" and reading.value is False and not reading.rest and not reading.stops
