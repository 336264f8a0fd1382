"""What becomes of a customer's cases when they have their data deleted.

That something happened stays: who did what, when, from which state to which. What was said does not: words of the
customer, notes, what was done. Nothing leads from a case to the customer any more, nor from their chat to a score they
gave: where a person has the chat, the case goes on in it as one of which nothing is known; else it is like the case of
an anonymous survey.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.recovery.case_states import OPEN
from bot.storage import case_clocks
from bot.storage.case_events import log
from bot.storage.tables import case_events, cases, conversations, inbox, invitations

FORGOTTEN = "forgotten"
"""What the audit says."""

_SAID: dict[str, Any] = {"transcript": "[]", "verbatim": "", "action_taken": None}
_KNOWN: dict[str, Any] = {
    "response_id": None,
    "survey_key": None,
    "touchpoint": "",
    "reason": "taken_over",
    "metric": "",
    "score": None,
    "band": "",
    "follow_up_id": None,
}
_WORDS = ("text", "action", "note")
"""Parts of an audit event in which somebody's words stand."""


async def forget_cases(
    connection: AsyncConnection, moved: Mapping[int, int], contact: int, nobody: int, now: str
) -> None:
    """`moved`: each conversation of the contact and the one that it goes on in. `nobody`: the contact of those."""
    theirs = sa.or_(cases.c.contact_id == contact, cases.c.conversation_id.in_(list(moved)))
    for row in (await connection.execute(sa.select(cases).where(theirs))).mappings().all():
        here = row["conversation_id"]
        mine = cases.c.id == row["id"]
        await _blank_events(connection, row["id"])
        if row["status"] in OPEN and here in moved and await _held(connection, moved[here]):
            values = {
                **_SAID,
                **_KNOWN,
                "contact_id": nobody,
                "conversation_id": moved[here],
                "channel": row["channel"],
            }
        else:
            values = {**_SAID, "contact_id": None, "conversation_id": None}
            await case_clocks.stop(connection, row["id"], case_clocks.OF_A_CHAT)
        await connection.execute(sa.update(cases).where(mine).values(**values))
        await log(connection, row["id"], now, "customer", FORGOTTEN, {"from": row["status"], "to": row["status"]})


async def drop_waiting(connection: AsyncConnection, here: int, contact: int) -> None:
    """Invitations that waited for their turn, and what clocks left, are for nobody now."""
    waiting = sa.and_(
        inbox.c.conversation_id == here, inbox.c.status.in_(("waiting", "new")), inbox.c.kind != "message"
    )
    await connection.execute(sa.update(inbox).where(waiting).values(status="done", waits_for=None))
    asked = sa.and_(invitations.c.contact_id == contact, invitations.c.status == "queued")
    await connection.execute(sa.update(invitations).where(asked).values(status="skipped"))


async def _held(connection: AsyncConnection, conversation: int) -> bool:
    owner = sa.select(conversations.c.owner).where(conversations.c.id == conversation)
    return (await connection.execute(owner)).scalar() == "human"


async def _blank_events(connection: AsyncConnection, case: int) -> None:
    query = sa.select(case_events.c.id, case_events.c.data).where(case_events.c.case_id == case)
    for event, text in (await connection.execute(query)).all():
        data = json.loads(text)
        kept = {**data, **{name: "" for name in _WORDS if data.get(name)}}
        kept.pop("conversation", None)
        if kept != data:
            where = case_events.c.id == event
            await connection.execute(sa.update(case_events).where(where).values(data=json.dumps(kept)))
