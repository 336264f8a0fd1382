"""Responses and their answers, written inside the turn's transaction."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.state import Outcome
from bot.storage.anonymity import cut_loose
from bot.storage.tables import answers, responses
from survey_flows.effects import Recorded
from survey_flows.recorded import unmarked

_GO_ON = sa.update(responses).where(responses.c.id == sa.bindparam("response"))
_BEGIN = sa.insert(responses)
_ANSWER = sa.insert(answers)
OVER = ("completed", "disqualified", "stopped", "expired", "quota_full")


async def save_response(connection: AsyncConnection, outcome: Outcome) -> int | None:
    """Begin or go on with the response, and store its answers. Returns the id of the conversation's open response,
    if any."""
    current = outcome.conversation.response.id if outcome.conversation.response else None
    if outcome.aside and current is not None:
        await _correct(connection, outcome, current)
        return None
    if outcome.new_response is not None:
        current = await _begin(connection, outcome)
    if current is None:
        return None
    if outcome.session is not None:
        await _update(connection, outcome, current)
    await _change_answers(connection, outcome, current)
    if outcome.response_status not in OVER:
        return current
    await cut_loose(connection, current)
    return None


async def _correct(connection: AsyncConnection, outcome: Outcome, response: int) -> None:
    """A response that is over stays over; its answers change."""
    if outcome.session is not None:
        here = responses.c.id == response
        await connection.execute(sa.update(responses).where(here).values(session=outcome.session))
    await _change_answers(connection, outcome, response)


async def _change_answers(connection: AsyncConnection, outcome: Outcome, response: int) -> None:
    for node in outcome.withdrawn:
        await _retire(connection, response, node, "withdrawn")
    for recorded in outcome.recorded:
        await _record(connection, outcome, response, recorded)


async def _begin(connection: AsyncConnection, outcome: Outcome) -> int:
    new = outcome.new_response
    assert new is not None
    made = await connection.execute(
        _BEGIN,
        {
            "conversation_id": outcome.conversation.id,
            "contact_id": None if new.anonymous else outcome.conversation.contact_id,
            "invitation_id": None if new.anonymous else new.invitation_id,
            "survey_key": new.survey_key,
            "fingerprint": new.fingerprint,
            "touchpoint": new.touchpoint,
            "channel": outcome.conversation.channel,
            "language": new.language,
            "status": "active",
            "session": outcome.session or "{}",
            "started_at": outcome.now,
            "expires_at": new.expires_at,
        },
    )
    return int(made.inserted_primary_key[0])


async def _update(connection: AsyncConnection, outcome: Outcome, response: int) -> None:
    await connection.execute(_GO_ON, {"response": response, **response_values(outcome)})


def response_values(outcome: Outcome) -> dict[str, Any]:
    """What the turn changes in the response that is open."""
    values: dict[str, Any] = {"session": outcome.session, "timeout_at": outcome.timeout_at}
    if outcome.response_status is not None:
        values["status"] = outcome.response_status
    if outcome.response_status in OVER:
        values["ended_at"] = outcome.now
    if outcome.language is not None:
        values["language"] = outcome.language
    return values


async def _record(connection: AsyncConnection, outcome: Outcome, response: int, recorded: Recorded) -> None:
    comment = recorded.comment
    if recorded.replaced:
        if not recorded.retold:
            comment = "\n".join(filter(None, [await _comment(connection, response, recorded.node), comment]))
        await _retire(connection, response, recorded.node, "superseded")
    await connection.execute(_ANSWER, {**answer_values(outcome, response, recorded), "comment": comment})


def answer_values(outcome: Outcome, response: int, recorded: Recorded) -> dict[str, Any]:
    """The row of an answer. Of what was spoken it has the words that are written down: none has no value."""
    value, raw = recorded.value, unmarked(recorded.raw)
    if recorded.type == "text" and isinstance(value, str):
        value = unmarked(value)
    unwritten = recorded.type == "text" and value == ""
    return {
        "response_id": response,
        "node": recorded.node,
        "question": recorded.question,
        "type": recorded.type,
        "value": None if unwritten else json.dumps(value, ensure_ascii=False),
        "raw": raw,
        "comment": recorded.comment,
        "metric": recorded.metric,
        "score": recorded.score,
        "band": recorded.band,
        "skipped": recorded.skipped,
        "answered_at": outcome.now,
        "inbox_id": outcome.message.id,
    }


async def _comment(connection: AsyncConnection, response: int, node: str) -> str:
    """What was said beside the answer that counts now."""
    mine = sa.and_(answers.c.response_id == response, answers.c.node == node, answers.c.state == "current")
    return (await connection.execute(sa.select(answers.c.comment).where(mine))).scalar() or ""


async def _retire(connection: AsyncConnection, response: int, node: str, state: str) -> None:
    mine = sa.and_(answers.c.response_id == response, answers.c.node == node, answers.c.state != "superseded")
    await connection.execute(sa.update(answers).where(mine).values(state=state))
