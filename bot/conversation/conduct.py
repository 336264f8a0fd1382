"""What the survey does in a turn: the use cases behind the Rasa actions. A turn goes in, a decision and an agenda
come out.

The agenda is how one message can be two things: "a solid 3, where is my refund?" is recorded by the first step, then
`utter_faq` answers the question, `action_detractor_recovery` opens the case, and the second step asks what was held
back. The survey policy walks the agenda.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.conversation import guessing
from bot.conversation import operations as ops
from bot.conversation.phrases import phrase
from bot.conversation.turn import (
    DETRACTOR_RECOVERY,
    FAQ,
    HUMAN_HANDOVER,
    PERSON_WANTED,
    SURVEY_STEP,
    TEXT_ME,
    AgendaItem,
    Decision,
    TurnInput,
)
from survey_flows import engine, serialise
from survey_flows.effects import Ask, Effect, HandOver, Recorded, Recover, Say, Withdrawn
from survey_flows.inputs import Added, AskAgain, Edited, Expire, Input, Picked, Said, TimedOut
from survey_flows.model import Survey
from survey_flows.reading import Reading
from survey_flows.session import Context, Session
from survey_flows.turn import Turn


@dataclass(frozen=True)
class Step:
    """What a step decided, what still has to run in this turn, and whether the survey is open afterwards."""

    decision: Decision
    agenda: tuple[AgendaItem, ...] = ()
    active: bool = True


def begin(survey: Survey, turn: TurnInput, invitation: int | None = None) -> Step:
    """Start `survey` in this conversation."""
    language = turn.language if turn.language in survey.languages else survey.language
    context = Context(turn.channel, language, turn.seed, turn.now, turn.attributes, turn.earlier, turn.quotas)
    started = engine.start(survey, context)
    start = ops.StartResponse(
        survey_key=survey.key,
        fingerprint=survey.fingerprint,
        touchpoint=survey.touchpoint,
        language=language,
        anonymous=survey.anonymous,
        expires_minutes=survey.expires_minutes,
        invitation=invitation,
    )
    if turn.kind == "message" and turn.start:
        session, effects = _after_template(survey, turn, started)
        return _step(survey, session, effects, "", first=[start])
    return _step(survey, started.session, started.effects, "", first=[start])


def _after_template(survey: Survey, turn: TurnInput, started: Turn) -> tuple[Session, Sequence[Effect]]:
    """A template has greeted already, and perhaps asked the first question, which the message answers."""
    effects = [e for e in started.effects if not (isinstance(e, Say) and e.role == "greeting")]
    answered = (turn.picked or {}).get("question") or (turn.reading or {}).get("kind") == "value"
    if not answered or started.session.over:
        return started.session, effects
    outcome = engine.receive(survey, started.session, _input(turn, started.session), turn.now)
    return outcome.session, [*(e for e in effects if not isinstance(e, Ask)), *outcome.effects]


def proceed(survey: Survey, turn: TurnInput) -> Step:
    """Give the turn's message to the survey."""
    if (turn.reading or {}).get("value") == TEXT_ME and (turn.reading or {}).get("kind") == "control":
        return _by_text(turn)
    session = _session(turn)
    outcome = engine.receive(survey, session, _input(turn, session), turn.now)
    aside = _in_passing(turn) if any(isinstance(e, Recorded) for e in outcome.effects) else ()
    return _step(survey, outcome.session, outcome.effects, turn.digression, aside=aside)


def _in_passing(turn: TurnInput) -> Sequence[ops.Operation]:
    """The answer is kept; of the question that stood beside it we say that we are not sure, before we ask the next."""
    if not turn.asked:
        return ()
    offered = guessing.from_json(turn.guesses)
    said = Say(guessing.in_passing(offered, turn.language, turn.channel), "notice")
    kept = ops.KeepGuesses(tuple(g.key for g in offered), tuple(g.title for g in offered), beside=True)
    return (said, kept) if offered else (said,)


def _by_text(turn: TurnInput) -> Step:
    """The survey leaves the telephone: nothing of its state changes but where it goes on."""
    said = Say(phrase("text_on_its_way", turn.language), "notice")
    return Step(Decision([ops.encode(ops.MoveResponse("sms")), ops.encode(said)]))


def ask_again(survey: Survey, turn: TurnInput) -> Step:
    """Come back to the open question after a digression, in its short form."""
    outcome = engine.receive(survey, _session(turn), AskAgain(), turn.now)
    return _step(survey, outcome.session, outcome.effects, "")


def control(survey: Survey, turn: TurnInput, name: str, *candidates: str) -> Step:
    """What the NLU understood as a control ("please stop these surveys") reaches the survey as one."""
    said = Said(turn.said, Reading("control", name, candidates))
    outcome = engine.receive(survey, _session(turn), said, turn.now)
    return _step(survey, outcome.session, outcome.effects, "")


def agenda_payload(agenda: Sequence[Mapping[str, Any]] | None, action: str, turn_id: int) -> list[Mapping[str, Any]]:
    """Payloads that this turn's agenda holds for `action`; an agenda of an earlier turn counts as none."""
    items = agenda or ()
    return [i["payload"] for i in items if i["action"] == action and i["payload"].get("turn") == turn_id]


def with_turn(agenda: Sequence[AgendaItem], turn_id: int) -> list[dict[str, Any]]:
    """The agenda as the slot holds it."""
    return [{"action": i.action, "payload": {**i.payload, "turn": turn_id}} for i in agenda]


def _session(turn: TurnInput) -> Session:
    if turn.session is None:
        raise ValueError(f"Turn {turn.id} has no open survey, but an action of the survey ran.")
    return serialise.loads(turn.session)


def _input(turn: TurnInput, session: Session) -> Input:
    if turn.kind in ("resume", "call"):
        return AskAgain()
    if turn.kind == "timeout":
        return TimedOut(session.current or "")
    if turn.kind == "expire":
        return Expire()
    if turn.corrects and turn.corrects.get("adds"):
        return Added(str(turn.corrects["question"]), turn.said)
    if turn.corrects:
        return Edited(str(turn.corrects["question"]), turn.said, str(turn.corrects["before"]))
    if turn.picked:
        return Picked(str(turn.picked.get("question", "")), turn.picked.get("value"))
    return Said(turn.said, _reading(turn))


def _reading(turn: TurnInput) -> Reading | None:
    """As the survey gets it: what asks something beside the answer is answered, and is no comment of it; what is told
    there as well is one."""
    data = turn.reading
    if data is None:
        return None
    rest = turn.remark if turn.digression or turn.asked else data.get("rest") or ""
    candidates, stops = tuple(data.get("candidates") or ()), bool(data.get("stops"))
    return Reading(data["kind"], data.get("value"), candidates, rest, data.get("outside"), stops)


def _step(
    survey: Survey,
    session: Session,
    effects: Sequence[Effect],
    digression: str,
    first: Sequence[ops.Operation] = (),
    aside: Sequence[ops.Operation] = (),
) -> Step:
    """Split the effects: what is recorded at once, and what follows after a digression or a recovery."""
    between = _between(survey, effects, digression)
    now = [e for e in effects if _at_once(e)]
    later = [e for e in effects if not _at_once(e) and not isinstance(e, (Recover, HandOver))]
    if digression == PERSON_WANTED:  # the next question waits for the hand-back
        later = [e for e in later if not isinstance(e, Ask)]
    state = ops.Session(serialise.dumps(session), session.status, _timeout(survey, session))
    head = [ops.encode(o) for o in (*first, *now, *aside, state)]
    tail = [ops.encode(o) for o in later]
    if not between:
        return Step(Decision(head + tail), (), not session.over)
    agenda = [*between, AgendaItem(SURVEY_STEP, {"operations": tail})] if tail else between
    return Step(Decision(head), tuple(_handover_last(agenda)), not session.over)


def _at_once(effect: Effect) -> bool:
    """Carried out the moment the answer is read: what is kept, and what is said of the answer itself ("Changed to 2.").
    Everything else waits until the agenda has come to it."""
    return isinstance(effect, (Recorded, Withdrawn)) or (isinstance(effect, Say) and effect.role == "notice")


def _between(survey: Survey, effects: Sequence[Effect], digression: str) -> list[AgendaItem]:
    """What happens between the answer and the next question."""
    items = [AgendaItem(FAQ)] if digression and digression != PERSON_WANTED else []
    cases = [asdict(e) for e in effects if isinstance(e, Recover)]
    items += [AgendaItem(DETRACTOR_RECOVERY, {"cases": cases, "fingerprint": survey.fingerprint})] if cases else []
    reasons = [e.reason for e in effects if isinstance(e, HandOver)] or ["asked"] * (digression == PERSON_WANTED)
    items += [AgendaItem(HUMAN_HANDOVER, {"reason": reason}) for reason in reasons]
    return items


def _handover_last(agenda: Sequence[AgendaItem]) -> list[AgendaItem]:
    """Nothing is asked once a person owns the conversation, so what is said is said before."""
    return sorted(agenda, key=lambda item: item.action == HUMAN_HANDOVER)


def _timeout(survey: Survey, session: Session) -> int | None:
    """Minutes until the open question's time runs out; None when it has none or has reminded already."""
    node = engine.current(survey, session) if not session.over else None
    if node is None or node.question.timeout is None or f"{node.id}:reminded" in session.shown:
        return None
    return node.question.timeout.minutes


__all__ = ["Step", "agenda_payload", "ask_again", "begin", "control", "proceed", "with_turn"]
