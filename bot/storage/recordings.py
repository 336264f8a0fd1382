"""The words of a recorded answer come later than the answer: they are put where they belong, whatever happened since.

The session keeps a mark in the answer (`survey_flows/recorded.py`), and what the customer added stands behind it. So
the answer that counts now is read from there; the ones before it get the words, too.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.cases import said_in
from bot.storage.fence import changed, hold_all
from bot.storage.tables import answer_labels, answers, cases, conversations, inbox, responses
from survey_flows import serialise
from survey_flows.questions.text import LONGEST
from survey_flows.recorded import mark, unmarked
from survey_flows.session import Given


async def write_down(connection: AsyncConnection, provider: str, message_id: str, text: str) -> bool:
    """Put the words of a recording in their place. False: no such message is known. Where nothing could be understood
    (`text` is empty), where the customer had their data deleted, and where an anonymous response is over, nothing
    changes: nothing leads back to the speaker."""
    mine = sa.and_(inbox.c.provider == provider, inbox.c.message_id == message_id)
    here = (await connection.execute(sa.select(inbox.c.conversation_id).where(mine))).scalar()
    if here is None:
        return False
    if not text.strip():
        return True
    await _hold(connection, here)
    message = (await connection.execute(sa.select(inbox).where(mine))).mappings().one()
    if not json.loads(message["payload"]).get("recording"):
        return True
    if message["status"] == "new":  # they are there before the answer is: it is read with them
        await connection.execute(sa.update(inbox).where(mine).values(text=text))
        return True
    recorded = sa.and_(answers.c.inbox_id == message["id"], answers.c.type == "text")
    given = (await connection.execute(sa.select(answers).where(recorded))).mappings().all()
    if given:
        await connection.execute(sa.update(inbox).where(mine).values(text=text))
    for response in {row["response_id"] for row in given}:
        await _into_response(connection, response, message["id"], text)
    return True


async def _hold(connection: AsyncConnection, conversation: int) -> None:
    """A turn under way has read the session without the words: it is thought out again. The response may go on in
    another of the customer's conversations by now."""
    whose = sa.select(conversations.c.contact_id).where(conversations.c.id == conversation).scalar_subquery()
    await hold_all(connection, whose)
    theirs = sa.update(conversations).where(conversations.c.contact_id == whose).values(**changed())
    await connection.execute(theirs.execution_options(synchronize_session=False))


async def _into_response(connection: AsyncConnection, response: int, message: int, text: str) -> None:
    told = await _into_session(connection, response, message, text)
    rows = (await connection.execute(sa.select(answers).where(answers.c.response_id == response))).mappings().all()
    for row in rows:
        now = told.get(row["node"]) if row["state"] == "current" else None
        if now is not None:
            await _store(connection, row, unmarked(str(now.value)), unmarked(now.raw))
        elif row["inbox_id"] == message and row["type"] == "text":
            await _store(connection, row, _joined(_words(row), text), _joined(row["raw"], text))
    if said := await said_in(connection, response):
        mine = cases.c.response_id == response
        await connection.execute(sa.update(cases).where(mine).values(verbatim=said))


async def _into_session(connection: AsyncConnection, response: int, message: int, text: str) -> dict[str, Given]:
    """Question → its answer, of those that the words were missing in."""
    here = responses.c.id == response
    saved = (await connection.execute(sa.select(responses.c.session).where(here))).scalar_one()
    place = mark(message)
    if place not in saved:
        return {}
    session = serialise.loads(saved)
    told = {
        node: given._replace(value=_filled(given.value, place, text), raw=_filled(given.raw, place, text))
        for node, given in session.answers.items()
        if isinstance(given.value, str) and place in f"{given.value} {given.raw}"
    }
    kept = serialise.dumps(replace(session, answers={**session.answers, **told}))
    await connection.execute(sa.update(responses).where(here).values(session=kept))
    return told


def _filled(marked: str, place: str, text: str) -> str:
    return marked.replace(place, text.strip())[:LONGEST]


def _words(row: sa.engine.RowMapping) -> str:
    return str(json.loads(row["value"])) if row["value"] else ""


def _joined(before: str, text: str) -> str:
    """A transcript that comes a second time adds nothing."""
    return before if text in before else "\n".join(filter(None, (before, text)))[:LONGEST]


async def _store(connection: AsyncConnection, row: sa.engine.RowMapping, words: str, raw: str) -> None:
    """What was read out of the words before is told anew."""
    values: dict[str, Any] = {"value": json.dumps(words, ensure_ascii=False) if words else None, "raw": raw}
    await connection.execute(sa.update(answers).where(answers.c.id == row["id"]).values(**values))
    await connection.execute(sa.delete(answer_labels).where(answer_labels.c.answer_id == row["id"]))
