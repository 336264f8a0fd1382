"""The first answer of a person counts when it reaches the customer, not when it was written.

What an agent wrote may be taken back within five seconds, meet a closed window, or be refused by the provider, also
long after it was taken. Until something has arrived the clocks of the first response run; when what was taken for the
first answer is lost, they run again, and it is the agent's turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.recovery import clocks
from bot.recovery.case_states import OPEN
from bot.recovery.desk import AT_RISK, later
from bot.storage import case_clocks
from bot.storage.case_events import log
from bot.storage.tables import cases, outbox

ARRIVED = ("sent", "delivered", "read")
LOST = ("failed", "undelivered", "withheld")


async def settled(connection: AsyncConnection, letter: int, now: str, idle_minutes: int) -> None:
    """Something became of a letter (an outbox row): if an agent wrote it, its conversation's cases follow."""
    row = (await connection.execute(sa.select(outbox).where(outbox.c.id == letter))).mappings().first()
    if row is None or row["role"] != "agent":
        return
    if row["status"] in ARRIVED:
        await _arrived(connection, row, now)
    elif row["status"] in LOST:
        await _lost(connection, row, now, idle_minutes)


async def _arrived(connection: AsyncConnection, letter: Mapping[str, Any], now: str) -> None:
    """Only what was written since the case was opened, or a person was asked for anew, answers it."""
    here = sa.and_(cases.c.conversation_id == letter["conversation_id"], cases.c.status.in_(OPEN))
    unanswered = sa.and_(here, cases.c.first_response_at.is_(None), cases.c.opened_at <= letter["created_at"])
    at = letter["sent_at"] or now
    for (case,) in (await connection.execute(sa.select(cases.c.id).where(unanswered))).all():
        values = {"first_response_at": at, "first_response_id": letter["id"]}
        await connection.execute(sa.update(cases).where(cases.c.id == case).values(**values))
        await case_clocks.stop(connection, case, clocks.UNTIL_ANSWERED)


async def _lost(connection: AsyncConnection, letter: Mapping[str, Any], now: str, idle_minutes: int) -> None:
    counted = sa.and_(cases.c.first_response_id == letter["id"], cases.c.status.in_(OPEN))
    for case, due in (await connection.execute(sa.select(cases.c.id, cases.c.due_at).where(counted))).all():
        await _not_answered(connection, case, letter, due, now)
    here = sa.and_(cases.c.conversation_id == letter["conversation_id"], cases.c.status == "waiting_for_customer")
    if await _later_one(connection, letter) is not None:
        return  # what came after it may still arrive
    for (case,) in (await connection.execute(sa.select(cases.c.id).where(here))).all():
        await connection.execute(sa.update(cases).where(cases.c.id == case).values(status="waiting_for_us"))
        await case_clocks.stop(connection, case, clocks.OF_A_TAKEOVER)
        await case_clocks.start(connection, case, {clocks.AGENT_IDLE: later(now, idle_minutes)})
        moved = {"from": "waiting_for_customer", "to": "waiting_for_us", "letter": letter["id"]}
        await log(connection, case, now, case_clocks.SYSTEM, "undelivered", moved)


async def _not_answered(connection: AsyncConnection, case: int, letter: Mapping[str, Any], due: str, now: str) -> None:
    """The next letter that arrived is the first answer; where there is none, its clocks run again: a time that is over
    strikes at once."""
    after = sa.and_(_agents(letter), outbox.c.id > letter["id"], outbox.c.status.in_(ARRIVED))
    query = sa.select(outbox.c.id, outbox.c.sent_at, outbox.c.created_at).where(after).order_by(outbox.c.id).limit(1)
    found = (await connection.execute(query)).first()
    values: dict[str, Any] = {"first_response_at": None, "first_response_id": None}
    if found is not None:
        values = {"first_response_at": found[1] or found[2], "first_response_id": found[0]}
    await connection.execute(sa.update(cases).where(cases.c.id == case).values(**values))
    if found is None:
        left = (datetime.fromisoformat(due) - datetime.fromisoformat(now)).total_seconds() / 60
        times = {clocks.FIRST_RESPONSE_MISSED: due}
        if left > 0:
            times[clocks.FIRST_RESPONSE_RISK] = later(now, left * AT_RISK)
        await case_clocks.start(connection, case, times)


async def _later_one(connection: AsyncConnection, letter: Mapping[str, Any]) -> int | None:
    after = sa.and_(_agents(letter), outbox.c.id > letter["id"], outbox.c.status.not_in(LOST))
    found = (await connection.execute(sa.select(outbox.c.id).where(after).limit(1))).scalar()
    return None if found is None else int(found)


def _agents(letter: Mapping[str, Any]) -> Any:
    return sa.and_(outbox.c.conversation_id == letter["conversation_id"], outbox.c.role == "agent")
