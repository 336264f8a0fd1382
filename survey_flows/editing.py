"""An earlier message was edited, or something was added to it: the answer that came from it is corrected or stays, and
the customer is told."""

from __future__ import annotations

from typing import Any

from survey_flows import answering, answers
from survey_flows.inputs import Added, Edited
from survey_flows.plan import Step
from survey_flows.questions import Rejected
from survey_flows.questions.text import LONGEST, FreeText
from survey_flows.session import Given
from survey_flows.turn import Draft


def edited(draft: Draft, edit: Edited) -> None:
    """Reads the new text as an answer to the question that the message answered. An answer that is no longer on the
    path, or a text that is no answer, changes nothing."""
    over = draft.session.over
    if not over:
        draft.status = "active"
    step, given = draft.plan.by_id.get(edit.question), draft.answers.get(edit.question)
    if step is None or given is None or step.id not in draft.counted():
        _unchanged(draft, "edit_too_late")
        return
    value, beside = _meaning(draft, step, edit, given)
    if value is None:
        kept = "" if given.skipped or isinstance(step.type, FreeText) else _shown(draft, step, given.value)
        _unchanged(draft, "edit_unreadable" if kept else "edit_no_answer", value=kept)
    elif given.skipped or given.value != value:
        (_change_closed if over else _change)(draft, step, Given(value, _words(given.raw, edit)), beside)
    elif (
        not isinstance(step.type, FreeText)
        and _meaning(draft, step, Edited(edit.question, given.raw), given)[1] != beside
    ):
        draft.store(step, Given(value, _words(given.raw, edit)), True, beside, retold=True)  # or it is taken back


def added(draft: Draft, more: Added) -> None:
    """Joins the words to the answer, and asks again what is open. An answer that is no longer on the path gets
    nothing."""
    over = draft.session.over
    step, given = draft.plan.by_id.get(more.question), draft.answers.get(more.question)
    if step is None or given is None or given.skipped or step.id not in draft.counted():
        _unchanged(draft, "edit_too_late")
        return
    text = more.text.strip()
    value = f"{given.value}\n{text}"[:LONGEST] if isinstance(step.type, FreeText) else given.value
    joined = Given(value, f"{given.raw}\n{text}"[:LONGEST])
    comment = "" if isinstance(step.type, FreeText) else text[:LONGEST]
    draft.say("added")
    before = draft.counted()
    if over:
        draft.store(step, joined, True, comment)
        draft.follow_closed(step, before)
        return
    draft.status, reopened = "active", draft.reopened
    draft.shown = (*draft.shown, added_mark(draft.current))
    draft.store(step, joined, True, comment)
    draft.reopen(reopened)
    draft.settle(step, before)


def added_mark(node: str | None) -> str:
    """What the session keeps in `shown`: while `node` was open, something was added to the answer before it."""
    return f"{node}:added"


def _change(draft: Draft, step: Step, given: Given, comment: str) -> None:
    enough = not (isinstance(step.type, FreeText) and step.type.wants_more(step.question, given.value))
    if draft.probing == step.id and enough:
        draft.probing = None  # it says enough now
    answering.change(draft, step, given.value, given.raw, _told(draft, step, given.value), comment)


def _change_closed(draft: Draft, step: Step, given: Given, comment: str) -> None:
    """The response stays completed: what the new path would still ask is left out, but its recovery rules hold."""
    before = draft.counted()
    phrase, values = _told(draft, step, given.value)
    draft.say(phrase, **values)
    draft.store(step, given, True, comment, retold=True)
    draft.follow_closed(step, before)


def _told(draft: Draft, step: Step, value: Any) -> tuple[str, dict[str, str]]:
    """The phrase that says what has changed. Nobody wants their own long text back."""
    if isinstance(step.type, FreeText):
        return "edit_noted", {}
    return "changed", {"value": _shown(draft, step, value)}


def _shown(draft: Draft, step: Step, value: Any) -> str:
    return step.type.show(step.question, value, draft.language, draft.plan.survey.language)


def _meaning(draft: Draft, step: Step, edit: Edited, given: Given) -> tuple[Any, str]:
    """The value of the new text at this question, None when it is no answer to it; and what it says beside it."""
    question = draft.plan.question(step, draft.seed)
    value, beside = draft.plan.quick(step, draft.seed, edit.text), ""
    if value is None:
        languages = (draft.language, *(known for known in draft.plan.survey.languages if known != draft.language))
        reading = answers.read(question, edit.text, draft.language, languages, draft.now[:10])
        corrects = reading.kind == "control" and reading.value == "correct" and reading.candidates
        value = reading.candidates[0] if corrects else reading.value if reading.kind == "value" else None
        beside = reading.rest[:LONGEST]
    if value is not None and isinstance(step.type, FreeText) and not given.skipped:
        value = _words(str(given.value), edit)
    try:
        return (None if value is None else step.type.accept(step.question, value, draft.now[:10])), beside
    except Rejected:
        return None, ""


def _words(whole: str, edit: Edited) -> str:
    """`whole` with the edited message's words in place of the old ones: an answer may be two messages ("tell us
    more")."""
    old, new = edit.before.strip(), edit.text.strip()
    lines = f"\n{whole}\n"
    return lines.replace(f"\n{old}\n", f"\n{new}\n", 1)[1:-1] if old and f"\n{old}\n" in lines else new


def _unchanged(draft: Draft, phrase: str, **values: object) -> None:
    draft.say(phrase, **values)
    if not draft.session.over:
        draft.ask(short=True)
