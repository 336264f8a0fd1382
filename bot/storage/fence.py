"""The fence of a conversation: a number that grows with each change of owner, of open question and of consent.

A turn is thought out before it is written, and another process may have changed the conversation meanwhile (a person
took it over, the customer opted out elsewhere). So each such change counts the number on, and a turn is written only
where the number is still the one that was read. Locks make that rare; the fence makes it harmless (docs/adr/0021).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.ports import Stale
from bot.storage.tables import conversations


def changed(**values: Any) -> dict[str, Any]:
    """Values of an update of `conversations` that a turn under way must not overlook."""
    return {**values, "version": conversations.c.version + 1}


_PASS = (
    sa.update(conversations)
    .where(conversations.c.id == sa.bindparam("here"), conversations.c.version == sa.bindparam("seen"))
    .values(**changed())
)


async def pass_fence(connection: AsyncConnection, conversation: int, seen: int, values: dict[str, Any]) -> None:
    """Change a conversation that stands as it was read, and lock it until the transaction ends. Raises Stale."""
    done = await connection.execute(_PASS, {"here": conversation, "seen": seen, **values})
    if not done.rowcount:
        raise Stale(f"Conversation {conversation} was changed by somebody else since it was read.")


async def hold_all(connection: AsyncConnection, contact: Any) -> None:
    """Lock all conversations of a contact, in one order: who withdraws consent in one of them changes the others, too,
    and two who begin with their own would wait for each other. SQLite has one writer."""
    theirs = sa.select(conversations.c.id).where(conversations.c.contact_id == contact)
    await connection.execute(theirs.order_by(conversations.c.id).with_for_update())


async def consent_changed(connection: AsyncConnection, contact: Any, but: int = 0) -> None:
    """What a contact wants of us holds in all their conversations. `but`: the one that is written itself."""
    await hold_all(connection, contact)
    theirs = sa.and_(conversations.c.contact_id == contact, conversations.c.id != but)
    statement = sa.update(conversations).where(theirs).values(**changed())
    await connection.execute(statement.execution_options(synchronize_session=False))
