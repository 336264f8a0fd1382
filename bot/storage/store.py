"""Conversations in the database: what comes in, the state it meets, and the one transaction that each turn is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.conversation.faults import fault
from bot.conversation.ports import Accepted, Stale
from bot.conversation.state import Conversation, LastAnswer, Message, Offer, Original, Outcome, Template
from bot.storage import quotas
from bot.storage.accepting import Addresses, ensure_conversation, known_already, receive
from bot.storage.accepting_at_once import at_once, receive_at_once
from bot.storage.editing import last_answer, original
from bot.storage.engine import Database
from bot.storage.faq_events import faq_of
from bot.storage.offers import open_offers
from bot.storage.outage import gave_way, outage
from bot.storage.spool import Spool
from bot.storage.tables import answers, conversations, inbox, invitations, outbox, responses
from bot.storage.templates import best_template
from bot.storage.timers import due_timers
from bot.storage.turn_at_once import plain, write_at_once
from bot.storage.turn_rows import KNOWN, LIES, NEXT, ONE, message_of, state_of
from bot.storage.turn_writing import STILL_OPEN, write_turn
from channels.contract import Inbound

_HISTORY = (
    sa.select(responses.c.survey_key, answers.c.question, answers.c.value)
    .join(answers, answers.c.response_id == responses.c.id)
    .where(
        responses.c.contact_id == sa.bindparam("contact"),
        responses.c.status == "completed",
        answers.c.state == "current",
        answers.c.skipped.is_(False),
    )
    .order_by(responses.c.id)
)


class SqlStore:
    """Implements `bot.conversation.ports.Store`."""

    def __init__(self, database: Database, default_language: str = "en", spool: Spool | None = None) -> None:
        """`spool`: where else words of customers may lie, to be deleted with them."""
        self._database = database
        self._spool = spool
        self._default_language = default_language
        self._addresses = Addresses()

    async def accept(self, message: Inbound, now: str) -> Accepted:
        return await self._accept(message, now, "new")

    async def accept_handled(self, message: Inbound, now: str) -> Accepted:
        """Like `accept`, for a message that somebody else is answering already: no worker takes it up."""
        return await self._accept(message, now, "done")

    async def _accept(self, message: Inbound, now: str, status: str) -> Accepted:
        try:
            return await self._receive(message, now, status, look=False)
        except IntegrityError:
            # It came twice in one moment, or two webhooks at once made the same conversation: a look finds them.
            return await self._receive(message, now, status, look=True)
        except DBAPIError as error:
            if not gave_way(error):
                raise
            return await self._receive(message, now, status, look=True)

    async def _receive(self, message: Inbound, now: str, status: str, look: bool) -> Accepted:
        if self._database.in_one and not look and at_once(message):
            accepted = await receive_at_once(self._database, message, now, status, self._default_language)
            if accepted is not None:
                return accepted
        async with self._database.fast_write() as connection:
            if look and (found := await known_already(connection, message)) is not None:
                return found
            return await receive(connection, message, now, status, self._default_language, self._addresses)

    async def ensure_conversation(self, message: Inbound, now: str) -> int:
        """The conversation of `message`'s channel and address, made if it is new. Stores no message."""
        async with self._database.fast_write() as connection:
            return await ensure_conversation(connection, message, now, self._default_language)

    async def waiting(self, now: str) -> Sequence[int]:
        async with self._database.fast_read() as connection:
            return [int(row[0]) for row in await connection.execute(LIES, {"now": now})]

    async def next_message(self, conversation: int, day: str = "") -> tuple[Message, Conversation] | None:
        async with self._database.fast_read() as connection:
            rows = (await connection.execute(NEXT, {"conversation": conversation, "day": day})).mappings().all()
        if not rows:
            return None
        first, *then = (message_of(row) for row in rows)
        asked = frozenset((rows[0]["asked"] or "").split())
        return replace(first, then=tuple(then)), replace(state_of(rows[0]), asked=asked)

    async def hold(self, messages: Sequence[int], until: str) -> None:
        async with self._database.fast_write() as connection:
            for message in messages:
                await connection.execute(STILL_OPEN, {"message": message, "held_until": until})

    async def message(self, provider: str, message_id: str) -> tuple[Message, Conversation] | None:
        """A message by its provider's id, whether it is done or not, and the state as it stands now."""
        async with self._database.fast_read() as connection:
            found = await connection.execute(ONE, {"provider": provider, "message_id": message_id})
            row = found.mappings().first()
        return (message_of(row), state_of(row)) if row else None

    async def known(self, channel: str, address: str) -> Conversation | None:
        """The conversation with this address as it stands now; None when there is none."""
        async with self._database.fast_read() as connection:
            found = await connection.execute(KNOWN, {"channel": channel, "address": address})
            row = found.mappings().first()
        return state_of(row) if row else None

    async def provider(self, conversation: int) -> str | None:
        """Through whom it was written last in this conversation; None when there is none with this id."""
        query = sa.select(conversations.c.provider).where(conversations.c.id == conversation)
        async with self._database.fast_read() as connection:
            return (await connection.execute(query)).scalar()

    async def invited(self, here: Conversation) -> bool:
        """Whether somebody has invited this customer here."""
        theirs = sa.and_(invitations.c.contact_id == here.contact_id, invitations.c.conversation_id == here.id)
        query = sa.select(invitations.c.id).where(theirs, invitations.c.status != "skipped").limit(1)
        async with self._database.fast_read() as connection:
            return (await connection.execute(query)).first() is not None

    async def history(self, contact: int) -> Mapping[str, Mapping[str, Any]]:
        earlier: dict[str, dict[str, Any]] = {}
        async with self._database.fast_read() as connection:
            for key, question, value in await connection.execute(_HISTORY, {"contact": contact}):
                earlier.setdefault(key, {})[question] = json.loads(value) if value else None
        return earlier

    async def original(self, conversation: Conversation, message: Message) -> Original | None:
        async with self._database.fast_read() as connection:
            return await original(connection, conversation, message)

    async def last_answer(self, conversation: int) -> LastAnswer | None:
        async with self._database.fast_read() as connection:
            return await last_answer(connection, conversation)

    async def asked(self, conversation: int, reference: str) -> str:
        mine = sa.and_(outbox.c.conversation_id == conversation, outbox.c.provider_message_id == reference)
        async with self._database.fast_read() as connection:
            payload = (await connection.execute(sa.select(outbox.c.payload).where(mine))).scalar()
        prompt = json.loads(payload).get("prompt") if payload else None
        return str(prompt["question"]) if prompt else ""

    async def faq_of(self, conversation: int, reference: str) -> str:
        async with self._database.fast_read() as connection:
            return await faq_of(connection, conversation, reference)

    async def quotas(self, survey: str) -> Mapping[str, int]:
        async with self._database.fast_read() as connection:
            return await quotas.counts(connection, survey)

    async def offers(self, conversation: int) -> Sequence[Offer]:
        async with self._database.fast_read() as connection:
            return await open_offers(connection, conversation)

    async def template(self, survey: str, language: str) -> Template | None:
        async with self._database.fast_read() as connection:
            return await best_template(connection, survey, language)

    async def commit(self, outcome: Outcome) -> None:
        if outcome.forget_contact:
            await self._forget_on_disk(outcome)
        try:
            if self._database.in_one and (turn := plain(outcome)) is not None:
                fault("committing")
                await write_at_once(self._database, outcome, turn)
                return
            async with self._database.fast_write() as connection:
                await write_turn(connection, outcome)
                fault("committing")
        except DBAPIError as error:
            if gave_way(error):
                raise Stale(f"Conversation {outcome.conversation.id}: PostgreSQL let another go first.") from error
            raise

    async def _forget_on_disk(self, outcome: Outcome) -> None:
        """Before the database does: a crash in between leaves the message to be handled, and so this to be done
        again."""
        if self._spool is None:
            return
        theirs = sa.select(conversations.c.channel, conversations.c.address)
        async with self._database.fast_read() as connection:
            query = theirs.where(conversations.c.contact_id == outcome.conversation.contact_id)
            addresses = {(row[0], row[1]) for row in await connection.execute(query)}
        await self._spool.forget(addresses, outcome.message.received_at or outcome.now)

    def outage(self, error: BaseException) -> bool:
        return outage(error)

    async def failed(self, message: Message, error: str, park: bool, now: str) -> None:
        # Only a row that is still open: a commit whose confirmation was lost must not be handled a second time.
        still_open = sa.and_(inbox.c.id == message.id, inbox.c.status == "new")
        async with self._database.fast_write() as connection:
            await connection.execute(
                sa.update(inbox)
                .where(still_open)
                .values(attempts=inbox.c.attempts + 1, error=error[:2000], status="parked" if park else "new")
            )
            if park and "invitation" in message.payload:
                # It counts as not asked: else nobody would ask this contact again for a month.
                values = {"status": "skipped", "reason": "It could not be carried out; the server's log says why."}
                mine = invitations.c.id == message.payload["invitation"]
                await connection.execute(sa.update(invitations).where(mine).values(**values))

    async def due_timers(self, now: str) -> int:
        return await due_timers(self._database, now)
