"""Recovery cases, opened inside the turn's transaction."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.state import NewCase, Outcome
from bot.recovery import clocks
from bot.recovery.case_states import OPEN, may_become
from bot.recovery.desk import PRIORITIES, later
from bot.storage import case_clocks
from bot.storage.case_events import log
from bot.storage.tables import answers, cases, responses
from bot.storage.transcript import transcript
from survey_flows.effects import Recorded
from survey_flows.recorded import unmarked

UNANSWERED: dict[str, Any] = {"first_response_at": None, "first_response_id": None}
"""A promise that is made anew: what was answered before does not keep it."""


async def open_cases(connection: AsyncConnection, outcome: Outcome, response: int | None) -> None:
    """Open the turn's cases; a contact's second case at the same touchpoint is added to the open one."""
    for case in outcome.cases:
        asked_about = await _followed_up(connection, response) if case.reason == "score" else None
        if asked_about is not None and await _still_unhappy(connection, asked_about, case, outcome):
            continue
        known = await _open_case(connection, outcome, case, response)
        if known is None:
            known = await _insert(connection, outcome, case, response)
            await log(connection, known, outcome.now, "bot", "opened", {"reason": case.reason, "team": case.team})
        else:
            await _add(connection, outcome, case, known)


async def _followed_up(connection: AsyncConnection, response: int | None) -> int | None:
    """The case that this response was asked for: is it really resolved?"""
    mine = sa.select(responses.c.invitation_id).where(responses.c.id == response, responses.c.invitation_id.isnot(None))
    query = sa.select(cases.c.id).where(cases.c.follow_up_id.in_(mine))
    return (await connection.execute(query)).scalar() if response is not None else None


async def _still_unhappy(connection: AsyncConnection, known: int, case: NewCase, outcome: Outcome) -> bool:
    """The follow-up found a customer who is unhappy still: the same case is open again, with the survey's priority and
    new clocks. The score that opened it stays, because recovery is measured from there. False: the case is closed, and
    stays so (`case_states.py`); what comes now is a new one."""
    row = (await connection.execute(sa.select(cases).where(cases.c.id == known))).mappings().one()
    if row["status"] in OPEN:
        await _add(connection, outcome, case, known, keep_score=True)
        return True
    if not may_become(row["status"], "reopened"):
        return False
    values: dict[str, Any] = {"status": "reopened", "agent": None, "reopened": cases.c.reopened + 1, "team": case.team}
    values |= {"priority": case.priority, "due_at": case.due_at, "resolve_by": case.resolve_by} | UNANSWERED
    await case_clocks.stop(connection, known)
    await case_clocks.start(connection, known, case.clocks)
    await connection.execute(sa.update(cases).where(cases.c.id == known).values(**values))
    data = {"from": row["status"], "to": "reopened", "score": case.score}
    await log(connection, known, outcome.now, "customer", "reopened", data)
    return True


async def _open_case(connection: AsyncConnection, outcome: Outcome, case: NewCase, response: int | None) -> int | None:
    if case.reason == "score":  # the same customer's, on whatever channel
        same = sa.and_(cases.c.contact_id == outcome.conversation.contact_id, cases.c.touchpoint == case.touchpoint)
    else:
        # Whoever asks for a person has one chat, and one person in it: whatever is open there is what it is about.
        same = cases.c.conversation_id == outcome.conversation.id
    if case.anonymous:
        # Never added to a case with a name on it; only the very response can be told to be the same.
        same = sa.and_(cases.c.response_id == response, cases.c.touchpoint == case.touchpoint)
    query = sa.select(cases.c.id).where(same, cases.c.status.in_(OPEN))
    found = (await connection.execute(query.order_by(cases.c.id.desc()).limit(1))).scalar()
    return int(found) if found is not None else None


async def _insert(connection: AsyncConnection, outcome: Outcome, case: NewCase, response: int | None) -> int:
    here = outcome.conversation
    survey = outcome.new_response or here.response
    # In the middle of an anonymous survey somebody who asks for a person gives their name, but not their answers.
    hidden = survey is not None and survey.anonymous
    said = [] if hidden else await transcript(connection, here.id, 50)
    about = response or (here.response.id if here.response else None)
    made = await connection.execute(
        sa.insert(cases).values(
            contact_id=None if case.anonymous else here.contact_id,
            conversation_id=None if case.anonymous else here.id,
            response_id=about if case.anonymous or not hidden else None,
            channel=here.channel,
            survey_key=survey.survey_key if survey else None,
            touchpoint=case.touchpoint,
            reason=case.reason,
            metric=case.metric,
            score=case.score,
            band=case.band,
            verbatim=case.verbatim or (unmarked(outcome.message.text) if case.reason != "score" else ""),
            transcript=json.dumps(said, ensure_ascii=False),
            team=case.team,
            priority=case.priority,
            opened_at=outcome.now,
            due_at=case.due_at,
            resolve_by=case.resolve_by or None,
        )
    )
    opened = int(made.inserted_primary_key[0])
    await case_clocks.start(connection, opened, case.clocks)
    return opened


async def _add(
    connection: AsyncConnection, outcome: Outcome, case: NewCase, known: int, *, keep_score: bool = False
) -> None:
    """Another reason for a case that is open: what is promised now counts if it is sooner, or more urgent. Where it
    came up in another of the customer's chats, that chat belongs to the case from now on (`case_thread.py`)."""
    row = (await connection.execute(sa.select(cases).where(cases.c.id == known))).mappings().one()
    values: dict[str, Any] = {"priority": min(row["priority"], case.priority, key=PRIORITIES.index)}
    values["snoozed_until"] = None
    if case.reason != "score" and (row["agent"] is not None or row["first_response_at"] is not None):
        # A person is asked for anew, and nobody has the chat: the team gets the case as if it were new.
        values |= {"agent": None, "status": "new", "due_at": case.due_at} | UNANSWERED
        kept = (clocks.RESOLUTION_RISK, clocks.RESOLUTION_MISSED)
        await case_clocks.stop(connection, known, clocks.OF_A_TAKEOVER)
        await case_clocks.start(connection, known, {k: at for k, at in case.clocks.items() if k not in kept})
    if case.score is not None and not keep_score:
        values |= {"score": case.score, "metric": case.metric, "band": case.band}
    if case.due_at < row["due_at"]:
        values["due_at"] = case.due_at
        if row["first_response_at"] is None:
            sooner = {kind: at for kind, at in case.clocks.items() if kind in clocks.UNTIL_ANSWERED}
            await case_clocks.start(connection, known, sooner)
    await connection.execute(sa.update(cases).where(cases.c.id == known).values(**values))
    data: dict[str, Any] = {"reason": case.reason, "score": case.score, "metric": case.metric}
    if values.get("status"):
        data |= {"from": row["status"], "to": values["status"], "from_agent": row["agent"], "to_agent": None}
    if row["conversation_id"] not in (None, outcome.conversation.id):
        data |= {"channel": outcome.conversation.channel, "conversation": outcome.conversation.id}
    await log(connection, known, outcome.now, "bot", "added", data)


_SAID = (
    sa.select(answers.c.type, answers.c.value, answers.c.comment)
    .where(
        answers.c.response_id == sa.bindparam("mine"),
        sa.or_(answers.c.type == "text", answers.c.comment != sa.literal("")),
        answers.c.state == "current",
        ~answers.c.skipped,
    )
    .order_by(answers.c.id)
)
_CASES = sa.update(cases).where(
    cases.c.response_id == sa.bindparam("mine"), cases.c.status.in_([sa.literal(status) for status in OPEN])
)


async def add_verbatim(connection: AsyncConnection, outcome: Outcome, response: int | None) -> None:
    """What the customer says in free text, or beside a score, belongs to the case that the same response opened."""
    texts = [r for r in outcome.recorded if _has_words(r) or r.comment or r.retold]
    mine = response or (outcome.conversation.response.id if outcome.conversation.response else None)
    if not texts or mine is None:
        return
    await connection.execute(_CASES, {"mine": mine, "verbatim": await said_in(connection, mine)})


def _has_words(recorded: Recorded) -> bool:
    return recorded.type == "text" and not recorded.skipped and bool(unmarked(str(recorded.value)))


async def said_in(connection: AsyncConnection, response: int) -> str:
    """What the customer said in a response in their own words, a line for each answer."""
    said = (await connection.execute(_SAID, {"mine": response})).all()
    values = [row.comment if row.type != "text" else json.loads(row.value) if row.value else "" for row in said]
    return "\n".join(v for v in values if v)


async def add_reply_to(connection: AsyncConnection, outcome: Outcome, response: int | None) -> None:
    """Where somebody anonymous wants an answer stands on the case that their score opened, and nowhere else: their
    other answers must not be found by it."""
    given = [r for r in outcome.recorded if r.type == "contact" and not r.skipped]
    mine = response or (outcome.conversation.response.id if outcome.conversation.response else None)
    if not given or mine is None:
        return
    here = sa.and_(cases.c.response_id == mine, cases.c.conversation_id.is_(None), cases.c.status.in_(OPEN))
    for (case,) in (await connection.execute(sa.select(cases.c.id).where(here))).all():
        values = {"reply_to": str(given[-1].value)}
        await connection.execute(sa.update(cases).where(cases.c.id == case).values(**values))
        await log(connection, case, _day(outcome.now), "customer", "reply_to", {})
        said = sa.and_(answers.c.response_id == mine, answers.c.type == "contact")
        await connection.execute(sa.update(answers).where(said).values(value=None, raw="", comment=""))


def _day(now: str) -> str:
    """Of times only the day: a moment could lead to the chat in which it was said (`anonymity.py`)."""
    return f"{now[:10]}T00:00:00+00:00"


async def correct_score(connection: AsyncConnection, outcome: Outcome, response: int | None) -> None:
    """ "I meant 9": the case that the first score opened stays open, with the score that counts now."""
    mine = response or (outcome.conversation.response.id if outcome.conversation.response else None)
    for changed in (r for r in outcome.recorded if r.replaced and r.score is not None):
        here = sa.and_(
            cases.c.response_id == mine,
            cases.c.metric == changed.metric,
            cases.c.status.in_(OPEN),
            cases.c.score != changed.score,
        )
        for case, before in (await connection.execute(sa.select(cases.c.id, cases.c.score).where(here))).all():
            values = {"score": changed.score, "band": changed.band}
            await connection.execute(sa.update(cases).where(cases.c.id == case).values(**values))
            await log(connection, case, outcome.now, "customer", "score", {"from": before, "to": changed.score})


async def customer_wrote(connection: AsyncConnection, outcome: Outcome) -> None:
    """While a person owns the conversation, a message of the customer's makes it the agent's turn."""
    if outcome.conversation.owner != "human" or outcome.message.kind != "message":
        return
    here = sa.and_(cases.c.conversation_id == outcome.conversation.id, cases.c.status.in_(OPEN))
    awake = sa.and_(here, cases.c.snoozed_until.is_not(None))  # who waits is not put off
    for case, status in (await connection.execute(sa.select(cases.c.id, cases.c.status).where(awake))).all():
        await connection.execute(sa.update(cases).where(cases.c.id == case).values(snoozed_until=None))
        await log(connection, case, outcome.now, "customer", "woken", {"from": "snoozed", "to": status})
    mine = sa.and_(here, cases.c.status.in_(("assigned", "waiting_for_customer")))
    for case, before in (await connection.execute(sa.select(cases.c.id, cases.c.status).where(mine))).all():
        await connection.execute(sa.update(cases).where(cases.c.id == case).values(status="waiting_for_us"))
        await case_clocks.stop(connection, case, clocks.OF_A_TAKEOVER)
        await case_clocks.start(connection, case, {clocks.AGENT_IDLE: later(outcome.now, outcome.idle_minutes)})
        moved = {"from": before, "to": "waiting_for_us"}
        await log(connection, case, outcome.now, "customer", "status", moved)
