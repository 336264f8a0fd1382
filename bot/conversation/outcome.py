"""From what the Rasa agent uttered in a turn to what the database has to change. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.conversation import operations as ops
from bot.conversation.state import NewCase, NewResponse, Outcome
from bot.conversation.turn import Uttered
from channels.contract import Outbound
from survey_flows import effects


def apply(outcome: Outcome, uttered: Sequence[Uttered]) -> Outcome:
    """Carry out, in order, everything that was uttered. Returns the same `outcome`, filled."""
    for item in uttered:
        if item.decision is not None:
            for data in item.decision.get("operations") or ():
                operation = ops.decode(data)
                _HANDLERS[type(operation)](outcome, operation)
        elif item.text:
            outcome.outbox.append(Outbound(text=item.text, role="faq"))
    return outcome


def _say(outcome: Outcome, say: effects.Say) -> None:
    outcome.outbox.append(Outbound(text=say.text, role=say.role))


def _ask(outcome: Outcome, ask: effects.Ask) -> None:
    outcome.outbox.append(Outbound(text=ask.prompt.text, prompt=ask.prompt, role="question"))


def _record(outcome: Outcome, recorded: effects.Recorded) -> None:
    outcome.recorded.append(recorded)


def _withdraw(outcome: Outcome, withdrawn: effects.Withdrawn) -> None:
    outcome.withdrawn.append(withdrawn.node)


def _start(outcome: Outcome, start: ops.StartResponse) -> None:
    outcome.new_response = NewResponse(
        survey_key=start.survey_key,
        fingerprint=start.fingerprint,
        touchpoint=start.touchpoint,
        language=start.language,
        anonymous=start.anonymous,
        expires_at=later(outcome.now, start.expires_minutes),
        invitation_id=start.invitation,
    )
    outcome.owner = "survey"
    if start.language != outcome.conversation.language:
        outcome.language = start.language
    outcome.invitation_sent = start.invitation


def _session(outcome: Outcome, session: ops.Session) -> None:
    outcome.session = session.session
    if outcome.aside:
        return
    outcome.response_status = session.status
    open_question = session.status == "active" and session.timeout_minutes is not None
    outcome.timeout_at = later(outcome.now, session.timeout_minutes or 0) if open_question else None
    if session.status not in ("active", "paused") and outcome.owner != "human":
        outcome.owner = "bot"


def _open_case(outcome: Outcome, case: ops.OpenCase) -> None:
    response = outcome.new_response or outcome.conversation.response
    outcome.cases.append(
        NewCase(
            reason=case.reason,
            team=case.team,
            priority=case.priority,
            due_at=case.due_at,
            resolve_by=case.resolve_by,
            clocks=case.clocks,
            touchpoint=case.touchpoint,
            metric=case.metric,
            score=case.score,
            band=case.band,
            # Who asks for a person wants to be found; a score alone reveals nobody.
            anonymous=response is not None and response.anonymous and case.reason == "score",
        )
    )


def _to_human(outcome: Outcome, _: ops.ToHuman) -> None:
    outcome.owner = "human"


def _language(outcome: Outcome, change: effects.LanguageChanged) -> None:
    outcome.language = change.language


def _opt_out(outcome: Outcome, _: effects.OptedOut) -> None:
    outcome.opted_out = True


def _opt_in(outcome: Outcome, _: ops.OptedIn) -> None:
    outcome.opted_out = False


def _forget(outcome: Outcome, _: ops.ForgetContact) -> None:
    outcome.forget_contact = True
    outcome.opted_out = True


def _quota(outcome: Outcome, counted: effects.QuotaCounted) -> None:
    outcome.quotas.append(counted.quota)


def _skip_invitation(outcome: Outcome, skipped: ops.SkipInvitation) -> None:
    outcome.invitation_skipped = (skipped.invitation, skipped.reason)


def _move(outcome: Outcome, move: ops.MoveResponse) -> None:
    outcome.move_to = move.channel


def _keep_guesses(outcome: Outcome, kept: ops.KeepGuesses) -> None:
    mark = ["beside"] if kept.beside else []
    outcome.guesses = [[key, title, *mark] for key, title in zip(kept.keys, kept.titles, strict=True)]


def _nothing(_outcome: Outcome, _operation: object) -> None:
    """Paused and Ended are told by the session's status."""


def later(now: str, minutes: int) -> str:
    """`now` (ISO 8601) plus `minutes`."""
    return (datetime.fromisoformat(now) + timedelta(minutes=minutes)).isoformat()


_HANDLERS: dict[type, Callable[[Outcome, Any], None]] = {
    effects.Say: _say,
    effects.Ask: _ask,
    effects.Recorded: _record,
    effects.Withdrawn: _withdraw,
    effects.LanguageChanged: _language,
    effects.OptedOut: _opt_out,
    effects.Paused: _nothing,
    effects.Ended: _nothing,
    effects.QuotaCounted: _quota,
    ops.StartResponse: _start,
    ops.Session: _session,
    ops.OpenCase: _open_case,
    ops.ToHuman: _to_human,
    ops.OptedIn: _opt_in,
    ops.ForgetContact: _forget,
    ops.SkipInvitation: _skip_invitation,
    ops.MoveResponse: _move,
    ops.KeepGuesses: _keep_guesses,
}
