"""The fence of a conversation: a number that grows with each change of owner, of open question and of consent.

A turn is thought out before it is written, and another process may have changed the conversation meanwhile (a person
took it over, the customer opted out elsewhere). So each such change counts the number on, and a turn is written only
where the number is still the one that was read. Locks make that rare; the fence makes it harmless (docs/adr/0021).

**The order of locks.** PostgreSQL ends one of two transactions that wait for each other (SQLite has one writer). So
every transaction locks in one order, and leaves out what it does not need:

1. the part of a campaign (`unplanned.py`, `campaigns.py`);
2. the telephone number of somebody new, or of a call (`numbers.py`);
3. conversations, **by ascending id, and all of a contact's at once** (`hold_all`) where more than one of them may be
   changed: consent, deletion, linking (both contacts'), a response that moves between a call and text messages;
4. what belongs to a conversation: its messages, response, letters, cases (`case_lock.py`);
5. contacts, by ascending id; then link codes.

A turn begins with 3: marking its message as done locks the conversation before the message (`turn_writing.py`).
"""

from __future__ import annotations

from collections.abc import Collection
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


async def hold_all(connection: AsyncConnection, *whose: Any) -> None:
    """Lock all conversations of contacts (ids, or a query for one), in the one order."""
    theirs = sa.or_(*(conversations.c.contact_id == contact for contact in whose))
    await _hold(connection, theirs)


async def hold_at(connection: AsyncConnection, channels: Collection[str], addresses: Collection[str]) -> None:
    """Lock all conversations at these addresses on these channels, in the one order."""
    here = sa.and_(conversations.c.channel.in_(list(channels)), conversations.c.address.in_(list(addresses)))
    await _hold(connection, here)


async def _hold(connection: AsyncConnection, which: Any) -> None:
    query = sa.select(conversations.c.id).where(which).order_by(conversations.c.id)
    await connection.execute(query.with_for_update())


async def consent_changed(connection: AsyncConnection, contact: Any, but: int = 0) -> None:
    """What a contact wants of us holds in all their conversations. `but`: the one that is written itself."""
    await hold_all(connection, contact)
    theirs = sa.and_(conversations.c.contact_id == contact, conversations.c.id != but)
    statement = sa.update(conversations).where(theirs).values(**changed())
    await connection.execute(statement.execution_options(synchronize_session=False))
