"""What is said to an anonymous survey while it is open must not be seen beside a name: not in a case, not by searching.

When the survey is over nothing leads to it any more (`anonymity.py`). Until then the conversation holds its words, and
an older case of the same customer, or a wish for a person in the middle of it, shows that conversation. Only what is
said to a person is theirs to read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.state import TO_A_PERSON
from bot.storage.tables import conversations, inbox, outbox, responses
from bot.storage.transcript import transcript

unnamed_since = (
    sa.select(responses.c.started_at)
    .where(responses.c.id == conversations.c.response_id, responses.c.contact_id.is_(None))
    .scalar_subquery()
)
"""When the anonymous survey began that is open in the conversation; null where none is."""

said_with_name = sa.or_(
    unnamed_since.is_(None), inbox.c.received_at < unnamed_since, inbox.c.understood == json.dumps(TO_A_PERSON)
)
"""An inbox row, joined with its conversation, that may be searched for."""

sent_with_name = sa.or_(unnamed_since.is_(None), outbox.c.created_at < unnamed_since, outbox.c.role == "agent")


async def since_when(connection: AsyncConnection, conversation: int | None) -> str | None:
    """When the anonymous survey began that is open in the conversation; None: none is."""
    since = sa.select(unnamed_since).where(conversations.c.id == conversation)
    return (await connection.execute(since)).scalar()


async def named_lines(connection: AsyncConnection, conversation: int, limit: int) -> list[dict[str, Any]]:
    """The conversation's transcript, without what is said to an anonymous survey."""
    since = await since_when(connection, conversation)
    said = await transcript(connection, conversation, limit)
    return said if since is None else [line for line in said if line["at"] < since or _to_a_person(line)]


def _to_a_person(line: Mapping[str, Any]) -> bool:
    return line["understood"] == TO_A_PERSON if line["direction"] == "in" else line["role"] == "agent"
