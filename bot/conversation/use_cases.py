"""What each Rasa action does, apart from Rasa: a turn in, a result out. The actions in `actions/` only call these.

Nothing here reads or writes a database, but for the survey definitions that the catalogue gives.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.conversation import conduct, guessing
from bot.conversation import operations as ops
from bot.conversation.phrases import languages, phrase
from bot.conversation.ports import Assignment, CaseFacts, Catalogue, Desk
from bot.conversation.turn import (
    AGENDA,
    DETRACTOR_RECOVERY,
    HUMAN_HANDOVER,
    SURVEY_ACTIVE,
    SURVEY_STEP,
    TEXT_ME,
    Decision,
    TurnInput,
)
from bot.conversation.when import due_in_words
from survey_flows.effects import Ask, LanguageChanged, OptedOut, Say
from survey_flows.model import Survey

LANGUAGE_NAMES = {
    **{"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español"},
    **{"it": "Italiano", "nl": "Nederlands", "pt": "Português", "pl": "Polski"},
}

LISTEN = "action_listen"
OUT_OF_SCOPE = "action_out_of_scope"
MISSED = (OUT_OF_SCOPE, "action_did_you_mean")
"""Actions that answer what was not understood."""


FEEDBACK_SURVEY = "relationship_nps"
"""What starts when a customer asks to give feedback."""


@dataclass(frozen=True)
class House:
    """What the use cases need to know of the installation. `desk` says who takes care of a case, and by when;
    `feedback_survey` is what starts when a customer asks to give feedback."""

    catalogue: Catalogue
    desk: Desk
    feedback_survey: str = FEEDBACK_SURVEY
    by_text: bool = False
    """Whether a caller's survey can go on by SMS."""


@dataclass(frozen=True)
class Facts:
    """What an action learns from Rasa's tracker: the agenda of this turn, the last action, the understood intent."""

    agenda: Sequence[Mapping[str, Any]] = ()
    latest_action: str = LISTEN
    intent: str = ""
    before: Sequence[str] = ()
    """The actions of the turn before: the same words twice would sound deaf."""
    missed: int = 0
    """How many messages right before this one nobody understood, as far as the tracker reaches back: two turns."""


@dataclass(frozen=True)
class Result:
    """What an action returns: its decision, and the slots it sets."""

    decision: Decision
    slots: Mapping[str, Any] = field(default_factory=dict)


UseCase = Callable[[TurnInput, House, Facts], Awaitable[Result]]


async def survey_step(turn: TurnInput, house: House, facts: Facts) -> Result:
    """Go on with the survey: what the agenda held back, else the open question again (after a digression), else the
    customer's message."""
    held_back = conduct.agenda_payload(facts.agenda, SURVEY_STEP, turn.id)
    if held_back:
        return Result(Decision([o for payload in held_back for o in payload["operations"]]))
    if turn.fingerprint is None:
        return _say(turn, "survey_closed")
    survey = await house.catalogue.version(turn.fingerprint)
    if turn.unread:
        return _refused(turn, survey, f"unread_{turn.unread}")
    if (turn.reading or {}).get("value") == TEXT_ME and not (house.by_text and turn.texts_free):
        return _refused(turn, survey, "texts_busy" if house.by_text else "no_texts")
    digressed = facts.latest_action != LISTEN
    return _result(turn, conduct.ask_again(survey, turn) if digressed else conduct.proceed(survey, turn))


def _refused(turn: TurnInput, survey: Survey, why: str) -> Result:
    """Say why the message could not be taken, and ask the open question again."""
    refused = ops.encode(Say(phrase(why, turn.language), "notice"))
    again = conduct.ask_again(survey, turn)
    return _result(
        turn, replace(again, decision=replace(again.decision, operations=[refused, *again.decision.operations]))
    )


async def survey_start(turn: TurnInput, house: House, facts: Facts) -> Result:
    """Begin the survey that the turn names (an invitation), or the one for customers who ask to give feedback."""
    obstacle = _obstacle(turn)
    if obstacle:
        skipped = ops.SkipInvitation(turn.invitation or 0, obstacle)
        return Result(Decision([ops.encode(skipped)] if turn.invitation else []))
    if turn.session is not None and turn.fingerprint is not None:
        return _result(turn, conduct.ask_again(await house.catalogue.version(turn.fingerprint), turn))
    survey = await house.catalogue.live(turn.start or house.feedback_survey)
    return _result(turn, conduct.begin(survey, turn, turn.invitation))


def _obstacle(turn: TurnInput) -> str:
    """Why an invitation can't be carried out now: things may have changed since it was written."""
    if not turn.start:
        return ""
    if turn.session is not None:
        return "another survey is open in this conversation"
    return "the contact opted out" if turn.opted_out else ""


async def detractor_recovery(turn: TurnInput, house: House, facts: Facts) -> Result:
    """Open the cases that the survey's recovery rules ask for, and tell the customer what happens next; not who has
    just said stop, as nobody may write to them."""
    operations: list[dict[str, Any]] = []
    for payload in conduct.agenda_payload(facts.agenda, DETRACTOR_RECOVERY, turn.id):
        survey = await house.catalogue.version(payload["fingerprint"])
        for case in payload["cases"]:
            given = house.desk.assign(_low_score(case, survey, turn), turn.now)
            about = {name: case[name] for name in ("metric", "score", "band")}
            opened = _case("score", given, touchpoint=survey.touchpoint, **about)
            told = "" if case.get("silent") else _told(case["tell"], given, turn, survey.anonymous)
            operations += [ops.encode(opened), *([ops.encode(Say(told, "notice"))] if told else [])]
    return Result(Decision(operations))


def _low_score(case: Mapping[str, Any], survey: Survey, turn: TurnInput) -> CaseFacts:
    asked = {name: case[name] for name in ("metric", "band", "team", "priority", "respond_within")}
    return CaseFacts("score", survey=survey.key, touchpoint=survey.touchpoint, **asked, **_who(turn))


def _who(turn: TurnInput) -> dict[str, Any]:
    return {"channel": turn.channel, "language": turn.language, "attributes": turn.attributes}


def _case(reason: str, given: Assignment, **more: Any) -> ops.OpenCase:
    return ops.OpenCase(
        reason=reason,
        team=given.team,
        priority=given.priority,
        due_at=given.due_at,
        resolve_by=given.resolve_by,
        clocks=given.clocks,
        **more,
    )


def _told(words: str, given: Assignment, turn: TurnInput, anonymous: bool) -> str:
    """The survey's own `words`, or ours. Who is anonymous can be written to by nobody, so nobody promises it."""
    if anonymous and not words:
        return phrase("recovery_anonymous", turn.language)
    when = due_in_words(given.due_at, turn.now, turn.language, given.zone)
    return words.replace("{due}", when) if words else phrase("recovery", turn.language, turn.channel, due=when)


async def human_handover(turn: TurnInput, house: House, facts: Facts) -> Result:
    """A person takes over: the bot is silent from now on."""
    asked = conduct.agenda_payload(facts.agenda, HUMAN_HANDOVER, turn.id)
    reason = str(asked[0]["reason"]) if asked else ("complaint" if facts.intent == "complaint" else "asked")
    return _to_a_person(turn, house, reason)


def _to_a_person(turn: TurnInput, house: House, reason: str) -> Result:
    given = house.desk.assign(CaseFacts(reason=reason, **_who(turn)), turn.now)
    when = due_in_words(given.due_at, turn.now, turn.language, given.zone)
    said = Say(phrase("handover", turn.language, turn.channel, due=when), "notice")
    return Result(Decision([ops.encode(o) for o in (said, _case(reason, given), ops.ToHuman())]))


async def opt_out(turn: TurnInput, house: House, facts: Facts) -> Result:
    """No more surveys for this contact; an open one ends, its answers are kept."""
    if turn.fingerprint is not None:
        survey = await house.catalogue.version(turn.fingerprint)
        return _result(turn, conduct.control(survey, turn, "stop"))
    return _say(turn, "opted_out", OptedOut())


async def opt_in(turn: TurnInput, house: House, facts: Facts) -> Result:
    """The contact wants surveys again, or says START for the first time, as Telegram's button does."""
    return _say(turn, "opted_in", ops.OptedIn()) if turn.opted_out else _say(turn, "opted_in_already")


async def change_language(turn: TurnInput, house: House, facts: Facts) -> Result:
    """Go on in the language the customer named, or say which there are."""
    wanted = _wanted_language(turn)
    if turn.fingerprint is not None:
        survey = await house.catalogue.version(turn.fingerprint)
        return _result(turn, conduct.control(survey, turn, "language", *([wanted] if wanted else [])))
    if wanted in languages():
        said = Say(phrase("language_changed", wanted), "notice")
        return Result(Decision([ops.encode(LanguageChanged(wanted)), ops.encode(said)]))
    names = ", ".join(LANGUAGE_NAMES.get(code, code) for code in languages())
    name = "language_unknown" if wanted else "language_choices"
    words = phrase(name, turn.language, turn.channel, languages=names)
    return Result(Decision([ops.encode(Say(words, "notice"))]))


def _wanted_language(turn: TurnInput) -> str:
    candidates = (turn.reading or {}).get("candidates") or ()
    return str(candidates[0]) if candidates else ""


async def later_(turn: TurnInput, house: House, facts: Facts) -> Result:
    """Not now: an open survey pauses until the customer writes again."""
    if turn.fingerprint is not None:
        return _result(turn, conduct.control(await house.catalogue.version(turn.fingerprint), turn, "later"))
    return _say(turn, "later_none")


async def help_(turn: TurnInput, house: House, facts: Facts) -> Result:
    """What the customer can do here."""
    return _say(turn, "help")


async def out_of_scope(turn: TurnInput, house: House, facts: Facts) -> Result:
    """We don't know: say so, and how to reach a person. Never a guess. The third time in a row a person takes over; in
    a survey its own re-asking decides about that."""
    if _missed_too_often(turn, facts):
        return _to_a_person(turn, house, "unreadable")
    if turn.unread:
        return _say(turn, f"unread_{turn.unread}")
    words = "not_understood" if turn.session is None else "cannot_answer"
    return _say(turn, f"{words}_again" if OUT_OF_SCOPE in facts.before else words)


def _missed_too_often(turn: TurnInput, facts: Facts) -> bool:
    return turn.session is None and facts.missed >= 2 and turn.unread != "sticker"


async def did_you_mean(turn: TurnInput, house: House, facts: Facts) -> Result:
    """Not sure which answer is wanted: offer the best ones, and a person. The next message is the customer's choice."""
    offered = guessing.from_json(turn.guesses)
    if not offered or _missed_too_often(turn, facts):
        return await out_of_scope(turn, house, facts)
    kept = ops.KeepGuesses(tuple(g.key for g in offered), tuple(g.title for g in offered))
    return Result(Decision([ops.encode(kept), ops.encode(Ask(guessing.prompt(offered, turn.language)))]))


async def delete_data(turn: TurnInput, house: House, facts: Facts) -> Result:
    """Remove who the contact is; answers stay, without the person. An open survey ends."""
    forget = ops.encode(ops.ForgetContact())
    said = ops.encode(Say(phrase("data_deleted", turn.language), "notice"))
    if turn.fingerprint is None:
        return Result(Decision([forget, said]))
    survey = await house.catalogue.version(turn.fingerprint)
    ended = conduct.control(survey, turn, "stop").decision.operations
    return Result(Decision([*(o for o in ended if o["op"] != "Say"), forget, said]), {SURVEY_ACTIVE: False})


def _say(turn: TurnInput, name: str, *before: ops.Operation) -> Result:
    said = Say(phrase(name, turn.language, turn.channel), "notice")
    return Result(Decision([ops.encode(o) for o in (*before, said)]))


def _result(turn: TurnInput, step: conduct.Step) -> Result:
    return Result(step.decision, {AGENDA: conduct.with_turn(step.agenda, turn.id), SURVEY_ACTIVE: step.active})
