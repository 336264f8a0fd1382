"""What becomes of a value, of words that are none, and of a question that is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from survey_flows import asking, noting
from survey_flows.effects import HandOver, Recover
from survey_flows.plan import Step
from survey_flows.questions import Rejected
from survey_flows.questions.text import LONGEST, FreeText
from survey_flows.session import Given
from survey_flows.turn import Draft

GIVEN_UP = ":given_up"
"""Behind a question's id in `shown`: it was left because its answers were not understood."""


def answer(draft: Draft, step: Step, value: Any, raw: str, comment: str = "") -> None:
    """Takes a value for the open question; asks again when it is no valid one. `comment`: what was said beside it."""
    try:
        value = step.type.accept(step.question, value, draft.now[:10])
    except Rejected as rejected:
        unreadable(draft, step, rejected.phrase, rejected.values)
        return
    raw = raw[:LONGEST]
    if draft.probing == step.id:
        add_more(draft, step, value, raw)
    else:
        take(draft, step, value, raw, comment[:LONGEST])


def take(draft: Draft, step: Step, value: Any, raw: str, comment: str = "") -> None:
    """Stores an accepted value for the open question and goes on."""
    old = draft.answers.get(step.id)
    before = draft.counted() if draft.reopened is not None else None
    draft.reopened, draft.reasks = None, 0
    draft.changed()
    if before is not None and old is not None and not old.skipped and old.value == value and not comment:
        draft.settle(step, before)  # the same answer again: as if the customer had never gone back
        return
    draft.store(step, Given(value, raw), old is not None, comment)
    mark = f"{step.id}:more"
    brief = isinstance(step.type, FreeText) and step.type.wants_more(step.question, value)
    if brief and mark not in draft.shown and not noting.is_noted(draft.shown, step):
        draft.probing, draft.shown = step.id, (*draft.shown, mark)
    draft.settle(step, before)


def keep_last(draft: Draft, step: Step, value: Any, raw: str, comment: str = "") -> None:
    """Keeps a value behind which nothing is asked any more, because the customer stops; one that is not valid is none.
    A case that it calls for is opened without a word: nobody may write to them now."""
    try:
        value = step.type.accept(step.question, value, draft.now[:10])
    except Rejected:
        return
    replaced = step.id in draft.answers
    before = draft.counted() if draft.reopened is not None else None
    draft.reopened = None
    draft.changed()
    draft.store(step, Given(value, raw[:LONGEST]), replaced, comment[:LONGEST])
    draft.note(step, before)
    open_silently(draft)


def open_silently(draft: Draft) -> None:
    """The cases of this turn are opened without a word to the customer."""
    draft.recovers = [replace(e, silent=True) if isinstance(e, Recover) else e for e in draft.recovers]


def add_more(draft: Draft, step: Step, value: str, raw: str) -> None:
    """Joins the follow-up's words to the answer that is there."""
    old = draft.answers[step.id]
    draft.probing, draft.reasks = None, 0
    before = draft.counted()
    joined = f"{old.value}\n{value}"[:LONGEST]
    draft.store(step, Given(joined, f"{old.raw}\n{raw}"[:LONGEST]), replaced=True)
    draft.settle(step, before)


def change(
    draft: Draft,
    step: Step,
    value: Any,
    raw: str,
    words: tuple[str, Mapping[str, object]] | None = None,
    comment: str | None = None,
) -> None:
    """Changes an answer given before the open question, says so, and goes on where the path now leads.

    A question the customer went back to stays open, as long as the path still leads to it. `words`: the phrase that
    says so, with its values, instead of the usual one. `comment`: what is said beside it now (None: what was)."""
    old = draft.answers[step.id]
    shown = step.type.show(step.question, value, draft.language, draft.plan.survey.language)
    phrase, values = words or ("changed", {"value": shown})
    draft.say(phrase, **values)
    before = draft.counted()
    reopened, draft.reopened = draft.reopened, None
    draft.changed()
    new = old.skipped or old.value != value
    if new:
        draft.store(step, Given(value, raw[:LONGEST]), True, comment or "", retold=comment is not None)
    draft.reopen(reopened if reopened != step.id else None)
    draft.settle(step if new else None, before if new else None)


def leave_out(draft: Draft, step: Step, raw: str, words: str) -> None:
    """Goes on without an answer. One that is there already (the customer went back, or has said a little) stays."""
    old = draft.answers.get(step.id)
    draft.say(words)
    before = draft.counted() if draft.reopened is not None else None
    kept = old is not None and (draft.probing == step.id or (draft.reopened == step.id and not old.skipped))
    draft.probing = draft.reopened = None
    draft.reasks = 0
    draft.changed()
    if kept or (old is not None and old.skipped and before is not None):
        draft.settle(step if before is not None else None, before)
        return
    draft.store(step, Given(None, raw[:LONGEST], True), replaced=old is not None)
    draft.settle(step, before)


def unreadable(draft: Draft, step: Step, phrase: str = "", values: Mapping[str, object] | None = None) -> None:
    """The words were no answer: asks again in other words, up to the question's number of re-asks; then goes on or
    hands over."""
    words = ""
    if phrase:
        words = asking.rejected_words(draft.plan, step, draft.language, draft.walk().facts, phrase, values or {})
    _again(draft, step, words)


def unclear(draft: Draft, step: Step, candidates: Sequence[Any]) -> None:
    """The words could be several answers: names them, and asks which. Who is understood so far is handed to nobody for
    it."""
    valid = []
    for candidate in candidates:
        try:
            valid.append(step.type.accept(step.question, candidate, draft.now[:10]))
        except Rejected:
            continue  # not an answer to this question, so not worth offering
    if step.type.form == "number" and len(candidates) == 1:
        unreadable(draft, step, "one_number")  # "more than 15" names a number, and is none
    elif not valid:
        _again(draft, step, "")
    elif draft.reasks >= step.question.reasks and step.question.on_unreadable != "hand_over":
        leave_out(draft, step, "", "moved_on")
    else:
        draft.reasks = min(draft.reasks + 1, step.question.reasks)
        words = asking.ambiguous_words(draft.plan, step, draft.language, valid)
        draft.ask(words=words, meant=tuple(valid))


def _again(draft: Draft, step: Step, words: str) -> None:
    """`words` say why the answer was not taken: who hears that is understood. "": nobody knows what was meant."""
    question = step.question
    if draft.reasks == 0 and not words and _just_gave_up(draft):
        draft.steering.append(HandOver("unreadable"))  # going on did not help: a person does
        return
    if draft.reasks >= question.reasks:
        _give_up(draft, step)
        return
    draft.reasks += 1
    if not words:
        words = asking.reask_words(draft.plan, step, draft.language, draft.walk().facts, draft.reasks)
    draft.ask(words=words)


def _give_up(draft: Draft, step: Step) -> None:
    if step.question.on_unreadable == "hand_over":
        draft.reasks = 0
        draft.steering.append(HandOver("unreadable"))
        return
    draft.shown = (*draft.shown, f"{step.id}{GIVEN_UP}")
    leave_out(draft, step, "", "moved_on")


def _just_gave_up(draft: Draft) -> bool:
    """The question before was left because nothing said to it was understood, and nothing has been since."""
    last = next(reversed(list(draft.answers)), "")
    return f"{last}{GIVEN_UP}" in draft.shown and draft.answers[last].skipped
