"""What steers the survey instead of answering: back, skip, "I meant 8", later, stop, another language …"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from survey_flows import answering, asking, noting, wording
from survey_flows.effects import HandOver, LanguageChanged, OptedOut, Paused, Say
from survey_flows.plan import Step, language_for, language_name
from survey_flows.questions import Rejected
from survey_flows.reading import Reading
from survey_flows.turn import Draft


def control(draft: Draft, step: Step, reading: Reading, raw: str) -> None:
    """Does what the control says. Unknown controls are treated as words that are no answer."""
    handler = _HANDLERS.get(str(reading.value))
    if handler is None:
        answering.unreadable(draft, step)
    else:
        handler(draft, step, reading, raw)


def _back(draft: Draft, step: Step, reading: Reading, raw: str) -> None:
    path = draft.walk().path
    if draft.probing is not None:
        earlier: Step | None = step  # back from the follow-up is the question itself
    else:
        earlier = path[-1] if path else None
    if earlier is None:
        draft.say("no_way_back")
        draft.ask()
        return
    draft.probing, draft.reopened, draft.current, draft.reasks = None, earlier.id, earlier.id, 0
    draft.changed()
    draft.say("back")
    draft.ask()


def _correct(draft: Draft, step: Step, reading: Reading, raw: str) -> None:
    if not reading.candidates:
        _back(draft, step, reading, raw)
        return
    value = reading.candidates[0]
    if draft.reopened is not None and _fits(step, value, draft.now) is not None:
        answering.answer(draft, step, value, raw)
        return
    for earlier in reversed(draft.walk().path):
        accepted = _fits(earlier, value, draft.now)
        if accepted is not None:
            draft.probing = None
            answering.change(draft, earlier, accepted, raw)
            return
    answering.answer(draft, step, value, raw)


def _fits(step: Step, value: Any, now: str) -> Any:
    """The value as this question stores it, or None when it is no answer to it."""
    try:
        return step.type.accept(step.question, value, now[:10])
    except Rejected:
        return None


def _skip(draft: Draft, step: Step, reading: Reading, raw: str) -> None:
    said_already = draft.probing is not None or noting.is_noted(draft.shown, step)
    if said_already or not step.question.required:
        answering.leave_out(draft, step, raw, "moved_on" if said_already else "skipped")
    elif f"{step.id}:insisted" in draft.shown:
        answering.leave_out(draft, step, raw, "moved_on")  # nobody is held captive by a required question
    else:
        draft.shown = (*draft.shown, f"{step.id}:insisted")
        draft.say("required")
        draft.ask()


def _repeat(draft: Draft, step: Step, reading: Reading, raw: str) -> None:
    draft.ask()


def _later(draft: Draft, step: Step, reading: Reading, raw: str) -> None:
    draft.say("later")
    draft.status = "paused"
    draft.steering.append(Paused())


def _stop(draft: Draft, step: Step, reading: Reading, raw: str) -> None:
    stop(draft)


def stop(draft: Draft) -> None:
    """The customer wants no more of this. A response that is over stays as it ended."""
    draft.say("stopped")
    draft.steering.append(OptedOut())
    if not draft.session.over:
        draft.end("stopped")


def stop_behind(draft: Draft, step: Step, reading: Reading, raw: str) -> None:
    """ "9, stop": the answer is kept, then it is a stop like any other."""
    answering.keep_last(draft, step, reading.value, raw, reading.rest)
    stop(draft)


def _human(draft: Draft, step: Step, reading: Reading, raw: str) -> None:
    draft.steering.append(HandOver("asked"))


def _who(draft: Draft, step: Step, reading: Reading, raw: str) -> None:
    draft.say("who")
    draft.ask(short=True)


def _delete(draft: Draft, step: Step, reading: Reading, raw: str) -> None:
    draft.steering.append(HandOver("delete"))


def _complaint(draft: Draft, step: Step, reading: Reading, raw: str) -> None:
    draft.steering.append(HandOver("complaint"))


def _help(draft: Draft, step: Step, reading: Reading, raw: str) -> None:
    draft.says.append(Say(asking.help_words(draft.plan, step, draft.language, draft.walk().facts)))
    draft.ask(short=True)


def _language(draft: Draft, step: Step, reading: Reading, raw: str) -> None:
    wanted = str(reading.candidates[0]) if reading.candidates else ""
    set_language(draft, wanted)


def set_language(draft: Draft, wanted: str) -> None:
    """Goes on in another language of the survey; names the available ones when it is none of them."""
    survey = draft.plan.survey
    base = wanted.split("-")[0].lower()
    if not base or base not in {known.split("-")[0].lower() for known in survey.languages}:
        names = wording.join(draft.language, [language_name(known) for known in survey.languages], "or")
        draft.say("languages", languages=names)
        draft.ask(short=True)
        return
    found = language_for(survey, wanted)
    if found == draft.language:
        draft.ask()
        return
    before = draft.counted()
    draft.language = found
    draft.changed()
    draft.steering.append(LanguageChanged(found))
    draft.say("language_changed")
    draft.settle(None, before)


def reminder(draft: Draft, step: Step, facts: Mapping[str, Any]) -> str:
    """The open question as a reminder."""
    question = asking.question_words(draft.plan, step, draft.language, facts)
    return wording.phrase(draft.language, "remind", question=question)


_HANDLERS: dict[str, Callable[[Draft, Step, Reading, str], None]] = {
    "back": _back,
    "correct": _correct,
    "skip": _skip,
    "repeat": _repeat,
    "start": _repeat,
    "later": _later,
    "stop": _stop,
    "human": _human,
    "help": _help,
    "who": _who,
    "delete": _delete,
    "complaint": _complaint,
    "language": _language,
}
