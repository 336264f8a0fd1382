"""Telephone calls in the database. Implements `bot.conversation.calling.CallStore`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.calling import Standing
from bot.storage.engine import Database
from bot.storage.fence import hold_all
from bot.storage.first_response import settled
from bot.storage.letters import readable
from bot.storage.moving import move_response
from bot.storage.recordings import write_down
from bot.storage.tables import answers, cases, conversations, inbox, outbox, responses
from bot.storage.withholding import NOBODY_LISTENS, withhold_all
from channels.contract import Outbound

READ = "review"
"""The role of a message that is a link: an address that is read aloud helps nobody."""
NOT_SAID = "A link can't be followed on the telephone: it was not read aloud."

_DONE = ("done", "parked", "waiting")

# Built once: building a statement costs more than running it.

_ringing = inbox.alias("ringing")
_begun = (
    sa.select(sa.func.max(_ringing.c.received_at))
    .where(_ringing.c.conversation_id == conversations.c.id, _ringing.c.kind == "call")
    .scalar_subquery()
)
_case_in_call = (
    sa.select(sa.func.min(cases.c.id))
    .where(cases.c.conversation_id == conversations.c.id, cases.c.opened_at >= _begun)
    .correlate(conversations)
    .scalar_subquery()
)
"""A case that was opened since the call began, by a score or by a wish."""

_elsewhere = conversations.alias("elsewhere")
_moved = (
    sa.select(sa.func.min(_elsewhere.c.channel))
    .select_from(_elsewhere.join(responses, responses.c.id == _elsewhere.c.response_id))
    .where(
        _elsewhere.c.contact_id == conversations.c.contact_id,
        _elsewhere.c.id != conversations.c.id,
        responses.c.channel == conversations.c.channel,
    )
    .correlate(conversations)
    .scalar_subquery()
)
"""Where a response goes on that began here and has left."""

_STANDING = (
    sa.select(
        inbox.c.status,
        conversations.c.owner,
        conversations.c.language,
        conversations.c.response_id,
        _case_in_call.label("case_in_call"),
        _moved.label("moved"),
    )
    .join(conversations, conversations.c.id == inbox.c.conversation_id)
    .where(inbox.c.id == sa.bindparam("message"))
)
_OPEN = (
    sa.select(responses.c.fingerprint, responses.c.session)
    .join(conversations, conversations.c.response_id == responses.c.id)
    .where(conversations.c.id == sa.bindparam("conversation"))
)
_UNREAD = (
    sa.select(inbox.c.id)
    .where(inbox.c.conversation_id == sa.bindparam("conversation"), inbox.c.status == "new", inbox.c.kind == "message")
    .limit(1)
)


class SqlCalls:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def standing(self, message: int) -> Standing:
        async with self._database.read() as connection:
            row = (await connection.execute(_STANDING, {"message": message})).mappings().one()
        return _standing(row, row["status"] in _DONE, row["case_in_call"] is not None, row["moved"] or "")

    async def open_response(self, conversation: int) -> tuple[str, str] | None:
        async with self._database.read() as connection:
            row = (await connection.execute(_OPEN, {"conversation": conversation})).first()
        return (row[0], row[1]) if row else None

    async def offered(self, conversation: int) -> tuple[Sequence[Any], Sequence[Any]]:
        query = sa.select(conversations.c.guesses, conversations.c.pending).where(conversations.c.id == conversation)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        guesses, pending = (json.loads(kept) if kept else () for kept in (row or ("", "")))
        return guesses, pending

    async def collect(self, conversation: int, message: int, now: str) -> Sequence[Outbound]:
        here = outbox.c.conversation_id == conversation
        waiting = sa.and_(here, outbox.c.status == "queued", outbox.c.role != "call")
        mine = sa.and_(sa.or_(outbox.c.inbox_id == message, waiting), outbox.c.role != READ)
        query = sa.select(outbox).where(mine).order_by(outbox.c.id)
        unsaid = sa.update(outbox).where(here, outbox.c.status == "queued", outbox.c.role == READ)
        async with self._database.write() as connection:
            await connection.execute(unsaid.values(status="withheld", error=NOT_SAID))
            rows = (await connection.execute(query)).mappings().all()
            fresh = [row["id"] for row in rows if row["status"] == "queued"]
            said = sa.update(outbox).where(outbox.c.id.in_(fresh)).values(status="sent", sent_at=now, error=None)
            await connection.execute(said.execution_options(synchronize_session=False))
            for letter in (row["id"] for row in rows if row["role"] == "agent"):
                await settled(connection, letter, now, 60)
        return readable(row["payload"] for row in rows if row["role"] != "call")

    async def caller(self, provider: str, address: str) -> tuple[int, Standing] | None:
        mine = sa.and_(conversations.c.provider == provider, conversations.c.address == address)
        async with self._database.read() as connection:
            row = (await connection.execute(sa.select(conversations).where(mine))).mappings().first()
        return (int(row["id"]), _standing(row, True)) if row else None

    async def unread(self, conversation: int) -> bool:
        async with self._database.read() as connection:
            return (await connection.execute(_UNREAD, {"conversation": conversation})).first() is not None

    async def ended(self, conversation: int, call: str, by_text: bool, now: str) -> bool:
        here = conversations.c.id == conversation
        async with self._database.write() as connection:
            whose = sa.select(conversations.c.contact_id).where(here).scalar_subquery()
            await hold_all(connection, whose)  # they may ring again at this moment, and the response may move
            row = (await connection.execute(sa.select(conversations).where(here))).mappings().one()
            if row["call"] not in (None, call):
                return False  # they have rung again meanwhile
            await connection.execute(sa.update(conversations).where(here).values(call=None))
            unheard = sa.and_(
                outbox.c.conversation_id == conversation, outbox.c.status == "queued", outbox.c.role != "call"
            )
            await withhold_all(connection, unheard, NOBODY_LISTENS, now)
            if not by_text or row["owner"] == "human" or not await _in_its_middle(connection, row["response_id"]):
                return False
            if (await connection.execute(_UNREAD, {"conversation": conversation})).first() is not None:
                return False  # it is an answer of this response, perhaps
            return await move_response(connection, conversation, "sms", now)

    async def transcribed(self, provider: str, message_id: str, text: str) -> bool:
        async with self._database.write() as connection:
            return await write_down(connection, provider, message_id, text)


def _standing(row: sa.engine.RowMapping, handled: bool, opened: bool = False, moved: str = "") -> Standing:
    return Standing(handled, row["owner"], row["language"], row["response_id"] is not None, opened, moved)


async def _in_its_middle(connection: AsyncConnection, response: int | None) -> bool:
    """Whether the customer has answered something and something is still to be asked."""
    if response is None:
        return False
    given = sa.and_(answers.c.response_id == response, answers.c.state == "current", answers.c.skipped.is_(False))
    return (await connection.execute(sa.select(answers.c.id).where(given).limit(1))).first() is not None
