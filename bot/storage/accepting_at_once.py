"""A message of a conversation that is there already, accepted in one statement, on PostgreSQL.

It is a transaction by itself: one way to the server instead of four (`BEGIN`, UPDATE, INSERT, `COMMIT`). The row of the
message is made of what the UPDATE of its conversation returns, so that it is numbered, as in `accepting.py`, after the
conversation's lock is held, and committed before another one gets it: messages are numbered in their order.
"""

from __future__ import annotations

from functools import lru_cache

import sqlalchemy as sa

from bot.conversation.ports import Accepted
from bot.storage.accepting import heard_of, row_of
from bot.storage.engine import Database
from bot.storage.tables import conversations, inbox
from channels.contract import Inbound

_THERE = sa.select(inbox.c.id).where(
    inbox.c.provider == sa.bindparam("new_provider"), inbox.c.message_id == sa.bindparam("new_message_id")
)


def at_once(message: Inbound) -> bool:
    """A call may go on with a conversation of the same number: that takes more than one statement."""
    return message.kind != "call"


async def receive_at_once(database: Database, message: Inbound, now: str, status: str) -> Accepted | None:
    """Accept a message as `accepting.receive` does. None when it is there already, or its conversation is not: nothing
    has changed then. Raises IntegrityError when the same message comes twice in one moment."""
    heard, row = heard_of(message, now), row_of(message, now, status)
    given = {
        "through": message.channel,
        "theirs": message.address,
        **{f"heard_{name}": value for name, value in heard.items()},
        **{f"new_{name}": value for name, value in row.items()},
    }
    made = (await database.change(_statement(tuple(heard), tuple(row)), given)).first()
    return None if made is None else Accepted(int(made[0]), True, int(made[1]))


@lru_cache
def _statement(heard: tuple[str, ...], row: tuple[str, ...]) -> sa.sql.Select:
    """For values of these columns. The names of its values are no column's: SQLAlchemy would set these, too."""
    here = (
        sa.update(conversations)
        .where(
            conversations.c.channel == sa.bindparam("through"),
            conversations.c.address == sa.bindparam("theirs"),
            ~_THERE.exists(),  # what comes again locks nothing: see `accepting._HEARD`
        )
        .values({name: sa.bindparam(f"heard_{name}") for name in heard})
        .returning(conversations.c.id)
        .cte("heard")
    )
    values = [sa.bindparam(f"new_{name}", type_=inbox.c[name].type) for name in row]
    made = (
        sa.insert(inbox)
        .from_select(["conversation_id", *row], sa.select(here.c.id, *values))
        .returning(inbox.c.conversation_id, inbox.c.id)
        .cte("made")
    )
    return sa.select(made.c.conversation_id, made.c.id)
