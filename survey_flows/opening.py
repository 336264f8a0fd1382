"""How a survey is announced where nothing may be asked yet: its greeting with the pipes still open, and its first
question when everybody gets the same one. Made for WhatsApp's templates, whose words are approved before they are sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from survey_flows import asking, engine, piping
from survey_flows.model import Survey
from survey_flows.plan import Step, plan_of
from survey_flows.prompt import Prompt
from survey_flows.questions.base import words
from survey_flows.rules_syntax import RuleError
from survey_flows.session import Context
from survey_flows.turn import Draft


@dataclass(frozen=True)
class Pipe:
    """A place in the greeting that differs from customer to customer. `source`: as the author wrote it,
    ``{contact.name}``. `sample`: an example of what it may hold, never blank."""

    source: str
    sample: str


@dataclass(frozen=True)
class Opening:
    """`greeting`: words and pipes in order; empty without a greeting. `prompt`: the first question, None where it
    depends on the customer (conditions, pipes, chance)."""

    greeting: tuple[str | Pipe, ...]
    prompt: Prompt | None


def opening(survey: Survey, language: str) -> Opening:
    """How `survey` opens in `language`, one of its own."""
    return Opening(_greeting(survey, language), _first(survey, language))


def filled(survey: Survey, language: str, source: str, attributes: Mapping[str, Any]) -> str:
    """What stands in the place of the pipe `source` for a contact with these attributes; "" when nothing is known, and
    for a pipe that the survey does not have any more."""
    plan = plan_of(survey)
    session = engine.start(survey, Context("", language, 0, "", attributes)).session
    try:
        piped = piping.prepare(source, plan.everything, language)
    except RuleError:  # the attribute is not declared any more
        return ""
    return piping.fill(piped, Draft(survey, session, "").known_facts()).strip()


def _greeting(survey: Survey, language: str) -> tuple[str | Pipe, ...]:
    return tuple(
        part if isinstance(part, str) else _pipe(survey, language, *part)
        for part in piping.split(words(survey.greeting, language, survey.language))
    )


def _pipe(survey: Survey, language: str, name: str, fallback: str | None) -> Pipe:
    source = f"{{{name}}}" if fallback is None else f"{{{name}|{fallback}}}"
    nobody = filled(survey, language, source, {})
    return Pipe(source, nobody or name.rpartition(".")[2].replace("_", " "))


def _first(survey: Survey, language: str) -> Prompt | None:
    plan = plan_of(survey)
    first = plan.steps[0]
    if first.guards or first.is_message or first.node.group or first.question.shuffle or _differs(survey, first):
        return None
    return asking.prompt(plan, first, language, {}, 0)


def _differs(survey: Survey, first: Step) -> bool:
    plan, question = plan_of(survey), first.question
    texts = [text for text in (question.text, question.low, question.high) if text]
    return not all(
        isinstance(plan.piped(text, first.scope, language), str) for text in texts for language in survey.languages
    )
