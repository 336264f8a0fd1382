"""Conducts a survey: (session, input) → (session', effects). Pure and deterministic: the same session and input do the
same, always.

The session is plain data (`serialise`), to be saved after every turn. Which question is open follows from the answers
(`walk`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from survey_flows import answering, answers, asking, controls, editing, noting, piping
from survey_flows.effects import Say
from survey_flows.inputs import Added, AskAgain, Edited, Expire, Input, Picked, Said, SetLanguage, TimedOut
from survey_flows.model import Attribute, Node, Question, Survey
from survey_flows.plan import Step, language_for, plan_of
from survey_flows.prompt import Prompt
from survey_flows.questions import Rejected
from survey_flows.reading import NOT_AN_ANSWER, Reading, control
from survey_flows.session import Context, Session
from survey_flows.turn import Draft, Turn

_BARE_NUMBER = Question(id="_", type="text", text={})
_BLANK = Session("", "", "", "", 0, "").__dict__
"""Every field of a session, with what it holds at the beginning."""

__all__ = ["Turn", "current", "objection", "path", "prompt", "read", "receive", "start"]


def start(survey: Survey, context: Context) -> Turn:
    """Begins a response: greets, and asks the first question (or ends at once, when there is nothing to ask)."""
    plan = plan_of(survey)
    read_surveys = {name for _, name, _ in plan.earlier_facts}
    session = Session.made_of(
        {
            **_BLANK,
            "survey": survey.key,
            "fingerprint": survey.fingerprint,
            "language": language_for(survey, context.language),
            "channel": context.channel,
            "seed": context.seed,
            "started": context.now,
            "attributes": _declared(survey, context.attributes),
            "earlier": {key: dict(values) for key, values in context.earlier.items() if key in read_surveys},
            "quotas": {quota.name: context.quotas.get(quota.name, 0) for quota in survey.quotas},
        }
    )
    draft = Draft(survey, session, context.now)
    words = survey.greeting_spoken if context.channel == "voice" and survey.greeting_spoken else survey.greeting
    if words:
        greeting = plan.piped(words, plan.everything, draft.language)
        text = piping.fill(greeting, draft.walk().facts)
        if text:
            draft.says.append(Say(text, "greeting"))
    draft.settle()
    return draft.finish()


def receive(survey: Survey, session: Session, inp: Input, now: str) -> Turn:
    """One input. `now` is an ISO 8601 time. A response that is over stays as it is; one that
    is completed may still be corrected (`Edited`) and added to (`Added`). Raises ValueError for another
    definition's session."""
    if session.fingerprint != survey.fingerprint:
        raise ValueError(
            f"This session began with version {session.fingerprint} of {session.survey}, and the survey handed in is "
            f"version {survey.fingerprint} of {survey.key}: load the definition it began with."
        )
    if session.over and not (isinstance(inp, (Edited, Added)) and session.status == "completed"):
        return Turn(session, ())
    draft = Draft(survey, session, now)
    if isinstance(inp, Said):
        _said(draft, inp)
    elif isinstance(inp, Picked):
        _picked(draft, inp)
    elif isinstance(inp, AskAgain):
        draft.status = "active"
        draft.ask(short=True)
    elif isinstance(inp, TimedOut):
        _timed_out(draft, inp)
    elif isinstance(inp, SetLanguage):
        draft.status = "active"
        controls.set_language(draft, inp.language)
    elif isinstance(inp, Expire):
        draft.end("expired")
    elif isinstance(inp, Edited):
        editing.edited(draft, inp)
    elif isinstance(inp, Added):
        editing.added(draft, inp)
    return draft.finish()


def read(survey: Survey, session: Session, text: str, today: str = "") -> Reading:
    """Reads a text as an answer to the open question, in the session's language first. `today` is an ISO 8601 date."""
    if session.current is None or session.over:
        return NOT_AN_ANSWER
    plan = plan_of(survey)
    step = plan.by_id[session.current]
    question = plan.question(step, session.seed)
    if session.probing is None:
        quick = plan.quick(step, session.seed, text)
        if quick is not None:
            return Reading("value", quick)
    languages = (session.language, *(known for known in survey.languages if known != session.language))
    reading = answers.read(question, text, session.language, languages, today)
    if reading.kind != "none":
        said_all = noting.is_noted(session.shown, step) and noting.nothing_more(text, session.language, languages)
        return control("skip") if said_all and reading.kind == "value" else reading
    meant = _meant(survey, session, text, languages, today)
    return meant if meant.kind != "none" else reading


def _meant(survey: Survey, session: Session, text: str, languages: tuple[str, ...], today: str) -> Reading:
    """ "I meant 8", said at a question that 8 is no answer to: it is read as the earlier answer that it corrects."""
    plan = plan_of(survey)
    path = Draft(survey, session, session.started).walk().path
    earlier = [plan.question(step, session.seed) for step in reversed(path)]
    for question in (_BARE_NUMBER, *earlier):  # a number is a score first, and only then the number of an option
        reading = answers.read(question, text, session.language, languages, today)
        if reading.kind == "control" and reading.value == "correct" and reading.candidates:
            return reading
    return NOT_AN_ANSWER


def current(survey: Survey, session: Session) -> Node | None:
    """The node whose question is open, or None when the response is over."""
    return plan_of(survey).by_id[session.current].node if session.current is not None else None


def prompt(survey: Survey, session: Session, *, short: bool = False) -> Prompt | None:
    """The open question as it would be asked now, without a turn."""
    draft = Draft(survey, session, session.started)
    step = draft.open_step()
    if step is None:
        return None
    facts, more = draft.walk().facts, draft.probing == step.id
    return asking.prompt(
        draft.plan, step, draft.language, facts, draft.seed, short=short, reask=draft.reasks, more=more
    )


def objection(survey: Survey, session: Session, picked: Picked, today: str = "") -> str:
    """Why what was filled into a form is no answer to the open question, in the session's language; "" when it is one,
    or belongs to another question than the open one. For channels that can say so before the answer is sent."""
    draft = Draft(survey, session, session.started)
    step = draft.open_step()
    if step is None or step.id != picked.question:
        return ""
    try:
        step.type.accept(step.question, picked.value, today)
    except Rejected as rejected:
        facts = draft.walk().facts
        if not rejected.phrase:
            return asking.reask_words(draft.plan, step, draft.language, facts, 1)
        return asking.rejected_words(draft.plan, step, draft.language, facts, rejected.phrase, rejected.values)
    return ""


def path(survey: Survey, session: Session) -> tuple[str, ...]:
    """The nodes asked so far on the path, in order; the last is the open one, if there is one."""
    draft = Draft(survey, session, session.started)
    asked = [step.id for step in draft.walk().path]
    if session.current is not None and session.current not in asked:
        asked.append(session.current)
    return tuple(asked)


def _said(draft: Draft, said: Said) -> None:
    step = draft.open_step()
    if step is None:
        return
    reading = said.reading
    if reading is None:
        if draft.probing is None:  # plain digits are most answers there are: no detour for them
            quick = draft.plan.quick(step, draft.seed, said.text)
            if quick is not None:
                draft.status = "active"
                answering.take(draft, step, quick, said.text)
                return
        reading = read(draft.plan.survey, draft.session, said.text, draft.now[:10])
    resumed = draft.status == "paused"
    draft.status = "active"
    if reading.stops:
        controls.stop_behind(draft, step, reading, said.text)
    elif reading.kind == "value":
        if resumed and not _acceptable(draft, step, reading.value):
            _resume(draft)
        else:
            answering.answer(draft, step, reading.value, said.text, reading.rest)
    elif reading.kind == "control":
        controls.control(draft, step, reading, said.text)
    elif resumed:
        _resume(draft)
    elif reading.outside is not None:
        answering.answer(draft, step, reading.outside, said.text)  # the question's type says why it is none
    elif reading.kind == "ambiguous":
        answering.unclear(draft, step, reading.candidates)
    else:
        answering.unreadable(draft, step)


def _acceptable(draft: Draft, step: Step, value: Any) -> bool:
    try:
        step.type.accept(step.question, value, draft.now[:10])
    except Rejected:
        return False
    return True


def _resume(draft: Draft) -> None:
    draft.say("resume")
    draft.ask(short=True)


def _picked(draft: Draft, picked: Picked) -> None:
    draft.status = "active"
    step = draft.plan.by_id.get(picked.question)
    if step is None or step.is_message:
        _expired_button(draft)
        return
    value = [picked.value] if step.type.kind == "options" and isinstance(picked.value, str) else picked.value
    # While more is asked about an answer in own words, a form's text is that more; there are no buttons then.
    if step.id == draft.current and (draft.probing is None or step.type.kind == "text"):
        answering.answer(draft, step, value, _shown(draft, step, value))
        return
    if step not in draft.walk().path or not _acceptable(draft, step, value):
        _expired_button(draft)
        return
    value = step.type.accept(step.question, value, draft.now[:10])
    old = draft.answers[step.id]
    if not old.skipped and old.value == value:  # pressed twice: nothing new
        draft.ask(short=True)
        return
    draft.probing = None
    answering.change(draft, step, value, _shown(draft, step, value))


def _shown(draft: Draft, step: Step, value: Any) -> str:
    """The button's label, as the customer's words."""
    if not _acceptable(draft, step, value):
        return ""
    value = step.type.accept(step.question, value, draft.now[:10])
    return step.type.show(step.question, value, draft.language, draft.plan.survey.language)


def _expired_button(draft: Draft) -> None:
    draft.say("button_expired")
    draft.ask(short=True)


def _timed_out(draft: Draft, timed_out: TimedOut) -> None:
    step = draft.open_step()
    if step is None or step.id != timed_out.question or draft.status != "active" or step.question.timeout is None:
        return
    then = step.question.timeout.then
    if then == "end":
        draft.end("expired")
    elif then == "skip":
        answering.leave_out(draft, step, "", "moved_on")
    elif f"{step.id}:reminded" not in draft.shown:
        draft.shown = (*draft.shown, f"{step.id}:reminded")
        facts = draft.walk().facts
        draft.ask(short=True, words=controls.reminder(draft, step, facts))


def _declared(survey: Survey, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes the survey declares, in their declared type; nothing else of the contact enters the session."""
    found = {}
    for name, attribute in survey.attributes.items():
        value = _typed(attribute, attributes.get(name))
        if value is not None and value != "":
            found[name] = value
    return found


def _typed(attribute: Attribute, value: Any) -> Any:
    """An attribute in its type; contact lists bring everything as text. None when it cannot be one: then it is
    unknown."""
    if value is None:
        return None
    text = str(value).strip()
    if attribute.type == "number" and not isinstance(value, bool):
        try:
            number = float(text)
        except ValueError:
            return None
        return int(number) if number.is_integer() else number
    if attribute.type == "bool":
        lowered = text.casefold()
        return True if lowered in ("true", "yes", "1") else False if lowered in ("false", "no", "0") else None
    return text
