"""Puts a question into words: the prompt, its short form, its re-asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from survey_flows import piping, wording
from survey_flows.model import Text
from survey_flows.plan import Plan, Step
from survey_flows.prompt import Prompt
from survey_flows.questions.scales import ScaleType


def text_of(plan: Plan, step: Step, text: Text, language: str, facts: Mapping[str, Any]) -> str:
    """A text of the step's question, filled in."""
    return piping.fill(plan.piped(text, step.scope, language), facts) if text else ""


def prompt(
    plan: Plan,
    step: Step,
    language: str,
    facts: Mapping[str, Any],
    seed: int,
    *,
    short: bool = False,
    reask: int = 0,
    words: str = "",
    more: bool = False,
    meant: tuple[Any, ...] = (),
) -> Prompt:
    """The question as data. `words` replaces the text (a re-ask says it its own way); `more`: the follow-up "tell us
    more". `meant`: the values that `words` ask to choose from."""
    if not words and not reask:
        key = (step.id, language, short, more)
        if key not in plan.prompts:
            constant = _is_constant(plan, step, language, short, more)
            plan.prompts[key] = _build(plan, step, language, facts, seed, short, more) if constant else None
        return plan.prompts[key] or _build(plan, step, language, facts, seed, short, more)
    built = replace(_build(plan, step, language, facts, seed, short, more, words), reask=reask)
    if not meant or built.form == "multi_choice":  # of several answers any may be chosen still
        return built
    return replace(built, meant=meant, low="", high="")


def _source(step: Step, short: bool, more: bool) -> Text:
    question = step.question
    return question.tell_more if more else (question.short if short and question.short else question.text)


def _is_constant(plan: Plan, step: Step, language: str, short: bool, more: bool) -> bool:
    """Whether the prompt is the same for everybody: no pipes in it, and no random order of options."""
    question = step.question
    texts = (_source(step, short, more), question.low, question.high)
    return not question.shuffle and all(
        isinstance(plan.piped(text, step.scope, language), str) for text in texts if text
    )


def _build(
    plan: Plan,
    step: Step,
    language: str,
    facts: Mapping[str, Any],
    seed: int,
    short: bool,
    more: bool,
    words: str = "",
) -> Prompt:
    question = step.question
    return Prompt(
        question=step.id,
        form=step.type.form,
        text=words or text_of(plan, step, _source(step, short, more), language, facts),
        language=language,
        choices=plan.choices(step, language, seed),
        low=text_of(plan, step, question.low, language, facts) if question.low else "",
        high=text_of(plan, step, question.high, language, facts) if question.high else "",
        hint=_hint(step, language) if step.type.form == "multi_choice" else "",
        short=short,
        optional=more or not question.required,
    )


def _hint(step: Step, language: str) -> str:
    if step.question.at_most == 1:
        return ""
    return str(wording.phrases(language)["hint"]["multi_choice"])


def question_words(plan: Plan, step: Step, language: str, facts: Mapping[str, Any]) -> str:
    """The question itself, to end a re-ask or a reminder with. Its short form belongs to digressions ("Back to our
    question: …")."""
    return text_of(plan, step, step.question.text, language, facts)


def reask_words(plan: Plan, step: Step, language: str, facts: Mapping[str, Any], times: int) -> str:
    """The re-ask of this number (from 1), worded differently each time. The last one is the question's help."""
    question = step.question
    asked = question_words(plan, step, language, facts)
    variants = wording.phrases(language)["reask"][step.type.form]
    if times < question.reasks:
        return str(variants[min(times, len(variants)) - 1]).format(question=asked, **bounds(step))
    own = text_of(plan, step, question.help, language, facts)
    skip = "" if question.required or _names_skip(own, language) else wording.phrase(language, "or_skip")
    if own:
        return " ".join(filter(None, (own, skip, asked)))
    return str(variants[-1]).format(question=f"{skip} {asked}".strip(), **bounds(step))


def _names_skip(words: str, language: str) -> bool:
    """Whether a help text says by itself how to leave the question out."""
    return wording.phrase(language, "skip_word") in words.casefold()


def help_words(plan: Plan, step: Step, language: str, facts: Mapping[str, Any]) -> str:
    """The question's own help, or how its kind is answered; then what else can be said."""
    own = text_of(plan, step, step.question.help, language, facts)
    if not own:
        own = str(wording.phrases(language)["help"][step.type.form]).format(**bounds(step))
    return f"{own} {wording.phrase(language, 'help_words')}"


def ambiguous_words(plan: Plan, step: Step, language: str, candidates: list[Any]) -> str:
    """ "Did you mean 8 or 9?\""""
    fallback = plan.survey.language
    shown = [step.type.show(step.question, candidate, language, fallback) for candidate in candidates]
    return wording.phrase(language, "ambiguous", candidates=wording.join(language, shown, "or"))


def rejected_words(
    plan: Plan, step: Step, language: str, facts: Mapping[str, Any], phrase: str, values: Mapping[str, object]
) -> str:
    """Why a value was not taken, and the question again."""
    shown = dict(values)
    if "option" in shown:
        shown["option"] = step.type.show(step.question, shown["option"], language, plan.survey.language)
    return wording.phrase(language, phrase, question=question_words(plan, step, language, facts), **shown)


def bounds(step: Step) -> dict[str, int]:
    """The ends of a scale, for the words that name them."""
    if not isinstance(step.type, ScaleType):
        return {}
    low, high = step.question.scale or (0, 10)
    return {"low": low, "high": high}
