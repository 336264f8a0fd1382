"""An earlier message was edited, or something was added to it: the answer that came from it is corrected or stays, and
the customer is told."""

from __future__ import annotations

from typing import Any, NamedTuple

from survey_flows import answering, answers, controls
from survey_flows.inputs import Added, Edited
from survey_flows.plan import Step
from survey_flows.questions import Rejected
from survey_flows.questions.text import LONGEST, FreeText
from survey_flows.session import Given
from survey_flows.turn import Draft


class _Meaning(NamedTuple):
    """What a text says at a question: the value, None when it is no answer; what stands beside it; whether it is a
    stop, alone or beside the answer."""

    value: Any = None
    beside: str = ""
    stops: bool = False


def edited(draft: Draft, edit: Edited) -> None:
    """Reads the new text as an answer to the question that the message answered. An answer that is no longer on the
    path, or a text that is no answer, changes nothing. A stop is one wherever the answer stands."""
    over = draft.session.over
    if not over:
        draft.status = "active"
    step, given = draft.plan.by_id.get(edit.question), draft.answers.get(edit.question)
    if step is None or given is None:
        _unchanged(draft, "edit_too_late")
        return
    meant, counts = _meaning(draft, step, edit, given), step.id in draft.counted()
    if meant.stops:
        if counts:
            _keep(draft, step, edit, given, meant)
        controls.stop(draft)
        return
    if not counts:
        _unchanged(draft, "edit_too_late")
        return
    value, beside = meant.value, meant.beside
    if value is None:
        kept = "" if given.skipped or isinstance(step.type, FreeText) else _shown(draft, step, given.value)
        _unchanged(draft, "edit_unreadable" if kept else "edit_no_answer", value=kept)
    elif given.skipped or given.value != value:
        (_change_closed if over else _change)(draft, step, Given(value, _words(given.raw, edit)), beside)
    elif (
        not isinstance(step.type, FreeText)
        and _meaning(draft, step, Edited(edit.question, given.raw), given).beside != beside
    ):
        draft.store(step, Given(value, _words(given.raw, edit)), True, beside, retold=True)  # or it is taken back


def _keep(draft: Draft, step: Step, edit: Edited, given: Given, meant: _Meaning) -> None:
    """ "9" became "3, late, stop": what is said now is kept, without a word about it."""
    if meant.value is None:
        return
    before = draft.counted()
    draft.reopened = None
    draft.store(step, Given(meant.value, _words(given.raw, edit)), True, meant.beside, retold=True)
    if draft.session.over:
        draft.follow_closed(step, before)
    else:
        draft.note(step, before)
    answering.open_silently(draft)


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


def _meaning(draft: Draft, step: Step, edit: Edited, given: Given) -> _Meaning:
    """What the new text says at this question."""
    question = draft.plan.question(step, draft.seed)
    value, beside, stops = draft.plan.quick(step, draft.seed, edit.text), "", False
    if value is None:
        languages = (draft.language, *(known for known in draft.plan.survey.languages if known != draft.language))
        reading = answers.read(question, edit.text, draft.language, languages, draft.now[:10])
        corrects = reading.kind == "control" and reading.value == "correct" and reading.candidates
        value = reading.candidates[0] if corrects else reading.value if reading.kind == "value" else None
        beside = reading.rest[:LONGEST]
        stops = reading.stops or (reading.kind == "control" and reading.value == "stop")
    if value is not None and isinstance(step.type, FreeText) and not given.skipped:
        value = _words(str(given.value), edit)
    try:
        return _Meaning(
            None if value is None else step.type.accept(step.question, value, draft.now[:10]), beside, stops
        )
    except Rejected:
        return _Meaning(stops=stops)


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
