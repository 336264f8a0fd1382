"""Which message an edit is about, and the answer that came from it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.state import Conversation, Message, Original, Response
from bot.storage.tables import answers, inbox, responses


async def original(connection: AsyncConnection, conversation: Conversation, edit: Message) -> Original | None:
    """The earlier message of the customer's that `edit` changes, as it stood before, or None when none is known.

    Earlier edits of it have the same reference, so each is told from the last, and all from the answer."""
    mine = sa.and_(inbox.c.conversation_id == conversation.id, inbox.c.id < edit.id, inbox.c.kind == "message")
    same = sa.and_(mine, inbox.c.reference == str(edit.payload["edited"]))
    query = sa.select(inbox.c.id, inbox.c.text).where(same).order_by(inbox.c.id.desc())
    versions = (await connection.execute(query)).all()
    if not versions:
        return None
    since = sa.and_(mine, inbox.c.id > versions[0].id)
    newer = (await connection.execute(sa.select(inbox.c.id).where(since).limit(1))).first()
    ids = [version.id for version in versions]
    # The first that a message recorded is its own answer; others only came back to the path because of it.
    given = sa.select(answers.c.node, responses).join(responses, responses.c.id == answers.c.response_id)
    first = given.where(answers.c.inbox_id.in_(ids)).order_by(answers.c.id).limit(1)
    answer = (await connection.execute(first)).mappings().first()
    found = Original(text=versions[0].text, latest=newer is None)
    if answer is None:
        return found
    return Original(
        text=found.text,
        latest=found.latest,
        question=answer["node"],
        response=Response(
            id=answer["id"],
            survey_key=answer["survey_key"],
            fingerprint=answer["fingerprint"],
            touchpoint=answer["touchpoint"],
            anonymous=answer["contact_id"] is None,
            session=answer["session"],
            timeout_at=answer["timeout_at"],
        ),
        status=answer["status"],
        ended_at=answer["ended_at"],
    )
