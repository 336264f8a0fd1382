"""A plain turn, written in one statement, on PostgreSQL: one way to the server instead of seven or more.

Most turns are plain: an answer inside a survey, a question of the FAQ. They change rows whose number is known
beforehand, and nothing has to be looked up between two changes. All others are `turn_writing.py`'s, whose values these
are, too.

The statement is a transaction by itself. Its parts see the same snapshot, none what another one has changed, so each
waits for what the one before it *returns*: the conversation, locked; the message, locked if it is open still; the
conversation, changed if it stands as it was read; then everything else. Where one of these returns nothing, nothing is
written at all. They lock in the one order (`fence.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from bot.conversation.ports import Stale
from bot.conversation.state import Outcome
from bot.storage.engine import Database
from bot.storage.faq_events import event_values
from bot.storage.fence import changed
from bot.storage.letters import rows_of
from bot.storage.responses import OVER, answer_values, response_values
from bot.storage.tables import answers, conversations, faq_events, inbox, outbox, responses
from bot.storage.turn_writing import conversation_values, done_values

_OF_THE_TURN = {"message", "conversation", "now"}
_OF_THE_SURVEY = {"recorded", "session", "response_status", "timeout_at"}
_OF_THE_CONVERSATION = {"tracker", "understood", "guesses", "pending", "language_offer", "language_chosen"}
WRITTEN = _OF_THE_TURN | _OF_THE_SURVEY | _OF_THE_CONVERSATION | {"outbox", "faq"}
"""What of an outcome is written here. A turn with anything else in it is not plain."""
_NOTHING = {
    one.name: one.default if one.default_factory is MISSING else one.default_factory()
    for one in fields(Outcome)
    if one.name not in WRITTEN
}
MOST_ROWS = 3
"""Of one table. Each number is a statement of its own, which each connection prepares."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Turn:
    """The rows of a plain turn."""

    done: Row
    conversation: Row
    response: Row
    """What changes in the open response; nothing where none is open."""
    answers: Sequence[Row]
    events: Sequence[Row]
    letters: Sequence[Row]

    @property
    def shape(self) -> tuple[Any, ...]:
        """What the statement for it depends on."""
        new = tuple(tuple(tuple(row) for row in rows) for rows in (self.answers, self.events, self.letters))
        return (tuple(self.done), tuple(self.conversation), tuple(self.response), new)


def plain(outcome: Outcome) -> Turn | None:
    """The rows of `outcome`, if it is plain."""
    here, message = outcome.conversation, outcome.message
    if message.kind != "message" or message.parts or here.owner == "human":
        return None
    if any(getattr(outcome, name) != default for name, default in _NOTHING.items()):
        return None
    if outcome.response_status in OVER or any(_looks_further(one) for one in outcome.recorded):
        return None
    if max(len(outcome.recorded), len(outcome.faq), len(outcome.outbox)) > MOST_ROWS:
        return None
    response = here.response.id if here.response else None
    return Turn(
        done_values(outcome),
        conversation_values(outcome, response),
        response_values(outcome) if response is not None and outcome.session is not None else {},
        [answer_values(outcome, response, one) for one in outcome.recorded] if response is not None else [],
        [event_values(outcome, event) for event in outcome.faq],
        rows_of(here.id, message.id, outcome.outbox, outcome.now, True),
    )


def _looks_further(recorded: Any) -> bool:
    """Whether more depends on an answer than its row: an earlier answer, a case."""
    words = recorded.comment or (recorded.type in ("text", "contact") and not recorded.skipped)
    return bool(recorded.replaced or words)


async def write_at_once(database: Database, outcome: Outcome, turn: Turn) -> None:
    """As `turn_writing.write_turn`, with its own transaction. Raises Stale."""
    here = outcome.conversation
    given: dict[str, Any] = {"the_message": outcome.message.id, "here": here.id, "seen": here.version}
    given.update(_named("done", turn.done))
    given.update(_named("conversation", turn.conversation))
    if turn.response:
        assert here.response is not None
        given["the_response"] = here.response.id
        given.update(_named("response", turn.response))
    for name, rows in (("answer", turn.answers), ("event", turn.events), ("letter", turn.letters)):
        for number, row in enumerate(rows):
            given.update(_named(f"{name}{number}", row))
    found = (await database.change(_statement(turn.shape), given)).first()
    if found is not None and found[1] is None:
        raise Stale(f"Conversation {here.id} was changed by somebody else since it was read.")


def _named(part: str, row: Row) -> dict[str, Any]:
    """No column's names: SQLAlchemy would set those in each table that has them."""
    return {f"{part}_{name}": value for name, value in row.items()}


@lru_cache(maxsize=128)
def _statement(shape: tuple[Any, ...]) -> sa.sql.Select:
    """Returns no row when the message is done already, one without a conversation when the fence is not passed."""
    done, conversation, response, new = shape
    locked = sa.select(conversations.c.id).where(conversations.c.id == sa.bindparam("here"))
    held = locked.with_for_update(key_share=True).cte("held")
    open_here = (inbox.c.id == sa.bindparam("the_message"), inbox.c.status == "new", sa.select(held.c.id).exists())
    still_open = sa.select(inbox.c.id).where(*open_here).with_for_update(key_share=True).cte("still_open")
    fence = (
        sa.update(conversations)
        .where(
            conversations.c.id == sa.bindparam("here"),
            conversations.c.version == sa.bindparam("seen"),
            sa.select(still_open.c.id).exists(),
        )
        .values(**changed(**_values("conversation", conversation)))
        .returning(conversations.c.id)
        .cte("fence")
    )
    parts = [_change(inbox, "the_message", "done", done, fence)]
    if response:
        parts.append(_change(responses, "the_response", "response", response, fence))
    for table, name, rows in zip((answers, faq_events, outbox), ("answer", "event", "letter"), new, strict=True):
        parts += _inserts(table, name, rows, fence)
    found = sa.select(still_open.c.id, fence.c.id).select_from(still_open.outerjoin(fence, sa.true()))
    for part in parts:
        found = found.add_cte(part)
    return found


def _values(part: str, columns: Sequence[str]) -> dict[str, Any]:
    return {name: sa.bindparam(f"{part}_{name}") for name in columns}


def _change(table: sa.Table, row: str, part: str, columns: Sequence[str], fence: Any) -> Any:
    """One row of `table`, once the fence is passed."""
    mine = sa.and_(table.c.id == sa.bindparam(row), fence.c.id == sa.bindparam("here"))
    change = sa.update(table).where(mine).values(_values(part, columns))
    return change.returning(table.c.id).cte(f"changed_{part}")


def _inserts(table: sa.Table, name: str, rows: Sequence[Sequence[str]], fence: Any) -> list[Any]:
    """New rows, once the fence is passed. Each comes of the one before it, so that they are numbered in their order."""
    made: list[Any] = []
    for number, columns in enumerate(rows):
        values = [sa.bindparam(f"{name}{number}_{column}", type_=table.c[column].type) for column in columns]
        row = sa.select(*values).select_from(made[-1] if made else fence)
        made.append(sa.insert(table).from_select(columns, row).returning(table.c.id).cte(f"{name}{number}"))
    return made
