"""Which message an edit is about, and the answer that came from it; and the answer that words may go on with."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.state import Conversation, LastAnswer, Message, Original
from bot.storage.tables import answers, inbox, responses
from bot.storage.turn_rows import RESPONSE, response_of

# Of every question that is not understood: made once, as those in store.py.
_LATEST = (
    sa.select(responses.c.status, *RESPONSE)
    .where(responses.c.conversation_id == sa.bindparam("conversation"))
    .order_by(responses.c.id.desc())
    .limit(1)
)
_GIVEN = (
    sa.select(answers)
    .where(answers.c.response_id == sa.bindparam("response"), answers.c.state == "current")
    .order_by(answers.c.id.desc())
    .limit(1)
)


async def original(connection: AsyncConnection, conversation: Conversation, edit: Message) -> Original | None:
    """The earlier message of the customer's that `edit` changes, as it stood before, or None when none is known.

    Earlier edits of it have the same reference, so each is told from the last, and all from the answer."""
    mine = sa.and_(inbox.c.conversation_id == conversation.id, inbox.c.id < edit.id, inbox.c.kind == "message")
    same = sa.and_(mine, inbox.c.reference == str(edit.payload["edited"]))
    query = sa.select(inbox.c.id, inbox.c.text, inbox.c.joined_to).where(same).order_by(inbox.c.id.desc())
    versions = (await connection.execute(query)).all()
    if not versions:
        return None
    since = sa.and_(mine, inbox.c.id > versions[0].id)
    newer = (await connection.execute(sa.select(inbox.c.id).where(since).limit(1))).first()
    ids = [n for version in versions for n in (version.id, version.joined_to) if n is not None]
    # The first that a message recorded is its own answer; others only came back to the path because of it.
    whole = sa.select(answers.c.node, responses.c.status, responses.c.ended_at, *RESPONSE)
    given = whole.join(responses, responses.c.id == answers.c.response_id)
    first = given.where(answers.c.inbox_id.in_(ids)).order_by(answers.c.id).limit(1)
    answer = (await connection.execute(first)).mappings().first()
    found = Original(text=versions[0].text, latest=newer is None)
    if answer is None:
        return found
    return Original(
        text=found.text,
        latest=found.latest,
        question=answer["node"],
        response=response_of(answer),
        status=answer["status"],
        ended_at=answer["ended_at"],
    )


async def last_answer(connection: AsyncConnection, conversation: int) -> LastAnswer | None:
    """The latest answer in the conversation's latest response."""
    response = (await connection.execute(_LATEST, {"conversation": conversation})).mappings().first()
    if response is None:
        return None
    answer = (await connection.execute(_GIVEN, {"response": response["response_id"]})).mappings().first()
    if answer is None:
        return None
    return LastAnswer(
        node=answer["node"],
        type=answer["type"],
        skipped=answer["skipped"],
        at=answer["answered_at"],
        response=response_of(response),
        status=response["status"],
    )
