"""Conversations in the database: what comes in, the state it meets, and the one transaction that each turn is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.faults import fault
from bot.conversation.language_offer import MADE
from bot.conversation.ports import Accepted, Stale
from bot.conversation.state import Conversation, LastAnswer, Message, Offer, Original, Outcome, Response, Template
from bot.storage import outbox as letters
from bot.storage import quotas
from bot.storage.anonymity import forget
from bot.storage.cases import add_reply_to, add_verbatim, correct_score, customer_wrote, open_cases
from bot.storage.editing import last_answer, original
from bot.storage.engine import Database
from bot.storage.faq_events import faq_asked, faq_of, put_faq_events
from bot.storage.fence import consent_changed, pass_fence
from bot.storage.links import redeem
from bot.storage.moving import move_response, same_number, take_back
from bot.storage.offers import open_offers, save_offers
from bot.storage.outage import outage
from bot.storage.responses import save_response
from bot.storage.tables import (
    answers,
    contacts,
    conversations,
    inbox,
    invitations,
    outbox,
    responses,
)
from bot.storage.templates import best_template
from bot.storage.timers import due_timers
from bot.storage.waiting import release
from channels.contract import Inbound

READ_TOGETHER = 20
"""So many messages that wait are looked at together; who writes more in a row gets more than one reply."""


class SqlStore:
    """Implements `bot.conversation.ports.Store`."""

    def __init__(self, database: Database, default_language: str = "en") -> None:
        self._database = database
        self._default_language = default_language

    async def accept(self, message: Inbound, now: str) -> Accepted:
        return await self._accept(message, now, "new")

    async def accept_handled(self, message: Inbound, now: str) -> Accepted:
        """Like `accept`, for a message that somebody else is answering already: no worker takes it up."""
        return await self._accept(message, now, "done")

    async def _accept(self, message: Inbound, now: str, status: str) -> Accepted:
        try:
            return await self._insert(message, now, status)
        except IntegrityError:
            # Two webhooks at once made the same conversation or brought the same message: the second look finds them.
            return await self._insert(message, now, status)

    async def _insert(self, message: Inbound, now: str, status: str) -> Accepted:
        async with self._database.fast_write() as connection:
            theirs = {"provider": message.provider, "message_id": message.message_id}
            duplicate = (await connection.execute(_DUPLICATE, theirs)).first()
            if duplicate is not None:
                return Accepted(int(duplicate[0]), False, int(duplicate[1]))
            here = await self._heard(connection, message, now)
            if message.kind == "call":
                await take_back(connection, here, now)
            row = await connection.execute(
                _RECEIVE,
                {
                    **theirs,
                    "conversation_id": here,
                    "reference": message.reference or None,
                    "kind": message.kind,
                    "text": message.text,
                    "picked": json.dumps(message.picked) if message.picked else None,
                    "payload": json.dumps(dict(message.extra)),
                    "received_at": now,
                    "status": status,
                    "done_at": now if status == "done" else None,
                },
            )
        return Accepted(here, True, int(row.inserted_primary_key[0]))

    async def _heard(self, connection: AsyncConnection, message: Inbound, now: str) -> int:
        """The conversation, locked before the message is numbered: so its messages are numbered in the order in which
        they are committed. Whoever had their data deleted in that moment has another one by now."""
        seen: dict[str, Any] = {"last_inbound_at": now, "provider": message.provider}
        if message.extra.get("call"):
            seen["call"] = str(message.extra["call"])[:64]
        here = await self._conversation(connection, message, now)
        while not (await connection.execute(_HEARD, {"here": here, "theirs": message.address, **seen})).rowcount:
            here = await self._conversation(connection, message, now)
        return here

    async def ensure_conversation(self, message: Inbound, now: str) -> int:
        """The conversation of `message`'s channel and address, made if it is new. Stores no message."""
        async with self._database.fast_write() as connection:
            return await self._conversation(connection, message, now)

    async def _conversation(self, connection: AsyncConnection, message: Inbound, now: str) -> int:
        found = (await connection.execute(_HERE, {"channel": message.channel, "address": message.address})).scalar()
        if found is not None:
            return int(found)
        language = message.language or self._default_language
        contact, known = await same_number(connection, message.channel, message.address)
        if contact is None:
            fresh = {"name": message.name, "language": language, "created_at": now}
            contact = (await connection.execute(_MEET, fresh)).inserted_primary_key[0]
        elif message.language is None:
            language = known or language
        made = await connection.execute(
            _OPEN,
            {
                "contact_id": contact,
                "provider": message.provider,
                "channel": message.channel,
                "address": message.address,
                "language": language,
                "created_at": now,
            },
        )
        return int(made.inserted_primary_key[0])

    async def waiting(self, now: str) -> Sequence[int]:
        async with self._database.fast_read() as connection:
            return [int(row[0]) for row in await connection.execute(_LIES, {"now": now})]

    async def next_message(self, conversation: int) -> tuple[Message, Conversation] | None:
        async with self._database.fast_read() as connection:
            rows = (await connection.execute(_NEXT, {"conversation": conversation})).mappings().all()
        if not rows:
            return None
        first, *then = (_message(row) for row in rows)
        return replace(first, then=tuple(then)), _state(rows[0])

    async def hold(self, messages: Sequence[int], until: str) -> None:
        still_open = sa.and_(inbox.c.id.in_(messages), inbox.c.status == "new")
        async with self._database.write() as connection:
            await connection.execute(sa.update(inbox).where(still_open).values(held_until=until))

    async def message(self, provider: str, message_id: str) -> tuple[Message, Conversation] | None:
        """A message by its provider's id, whether it is done or not, and the state as it stands now."""
        async with self._database.fast_read() as connection:
            found = await connection.execute(_ONE, {"provider": provider, "message_id": message_id})
            row = found.mappings().first()
        return (_message(row), _state(row)) if row else None

    async def known(self, channel: str, address: str) -> Conversation | None:
        """The conversation with this address as it stands now; None when there is none."""
        async with self._database.fast_read() as connection:
            found = await connection.execute(_KNOWN, {"channel": channel, "address": address})
            row = found.mappings().first()
        return _state(row) if row else None

    async def history(self, contact: int) -> Mapping[str, Mapping[str, Any]]:
        query = (
            sa.select(responses.c.survey_key, answers.c.question, answers.c.value)
            .join(answers, answers.c.response_id == responses.c.id)
            .where(
                responses.c.contact_id == contact,
                responses.c.status == "completed",
                answers.c.state == "current",
                answers.c.skipped.is_(False),
            )
            .order_by(responses.c.id)
        )
        earlier: dict[str, dict[str, Any]] = {}
        async with self._database.fast_read() as connection:
            for key, question, value in await connection.execute(query):
                earlier.setdefault(key, {})[question] = json.loads(value) if value else None
        return earlier

    async def original(self, conversation: Conversation, message: Message) -> Original | None:
        async with self._database.fast_read() as connection:
            return await original(connection, conversation, message)

    async def last_answer(self, conversation: int) -> LastAnswer | None:
        async with self._database.read() as connection:
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

    async def faq_asked(self, conversation: int, entry: str, day: str) -> bool:
        async with self._database.fast_read() as connection:
            return await faq_asked(connection, conversation, entry, day)

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
        async with self._database.fast_write() as connection:
            await self._write(connection, outcome)
            fault("committing")

    async def _write(self, connection: AsyncConnection, outcome: Outcome) -> None:
        if not await _mark_done(connection, outcome):
            return  # another process has handled it
        if outcome.redeemed is not None:
            await redeem(connection, outcome.redeemed, outcome.conversation.id, outcome.now)
        response = await save_response(connection, outcome)
        await _save_conversation(connection, outcome, response)  # before the cases: in the order a takeover locks them
        await open_cases(connection, outcome, response)
        await add_verbatim(connection, outcome, response)
        await add_reply_to(connection, outcome, response)
        await correct_score(connection, outcome, response)
        await customer_wrote(connection, outcome)
        await _save_contact(connection, outcome)
        await _save_invitation(connection, outcome)
        await save_offers(connection, outcome)
        await quotas.count(connection, outcome)
        here = outcome.conversation.id
        await put_faq_events(connection, outcome)
        if outcome.forget_contact:
            here = await forget(connection, outcome.conversation, outcome.now)
        await letters.put(connection, here, outcome.message.id, outcome.outbox, outcome.now)
        if outcome.move_to:
            await move_response(connection, here, outcome.move_to, outcome.now)

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


# Statements of every message are made once: making one, and finding what was compiled for it, costs more than the
# database needs to answer. An UPDATE or INSERT sets what it is given beside the names in its conditions.
_MESSAGE = (
    inbox.c.id.label("message_id"),
    inbox.c.kind,
    inbox.c.text,
    inbox.c.picked,
    inbox.c.payload,
    inbox.c.received_at,
    inbox.c.attempts,
)
_STATE = (
    conversations.c.id,
    conversations.c.contact_id,
    conversations.c.provider,
    conversations.c.channel,
    conversations.c.address,
    conversations.c.language,
    conversations.c.owner,
    conversations.c.agent,
    conversations.c.tracker,
    conversations.c.guesses,
    conversations.c.pending,
    conversations.c.last_inbound_at,
    conversations.c.language_chosen,
    conversations.c.language_offer,
    conversations.c.version,
    contacts.c.name,
    contacts.c.attributes,
    contacts.c.opted_out_at,
    responses.c.id.label("response_id"),
    responses.c.survey_key,
    responses.c.fingerprint,
    responses.c.touchpoint,
    responses.c.contact_id.label("respondent"),
    responses.c.session,
    responses.c.timeout_at,
)
_KNOWN = (
    sa.select(*_STATE)
    .select_from(conversations)
    .join(contacts, contacts.c.id == conversations.c.contact_id)
    .outerjoin(responses, responses.c.id == conversations.c.response_id)
    .where(conversations.c.channel == sa.bindparam("channel"), conversations.c.address == sa.bindparam("address"))
)
_TURN = (
    sa.select(*_MESSAGE, *_STATE)
    .select_from(inbox)
    .join(conversations, conversations.c.id == inbox.c.conversation_id)
    .join(contacts, contacts.c.id == conversations.c.contact_id)
    .outerjoin(responses, responses.c.id == conversations.c.response_id)
)
_LIES = (
    sa.select(inbox.c.conversation_id)
    .where(inbox.c.status == "new", sa.or_(inbox.c.held_until.is_(None), inbox.c.held_until <= sa.bindparam("now")))
    .distinct()
)
_NEXT = (
    _TURN.where(inbox.c.conversation_id == sa.bindparam("conversation"), inbox.c.status == "new")
    .order_by(inbox.c.id)
    .limit(READ_TOGETHER)
)
_DUPLICATE = sa.select(inbox.c.conversation_id, inbox.c.id).where(
    inbox.c.provider == sa.bindparam("provider"), inbox.c.message_id == sa.bindparam("message_id")
)
_HERE = sa.select(conversations.c.id).where(
    conversations.c.channel == sa.bindparam("channel"), conversations.c.address == sa.bindparam("address")
)
_HEARD = sa.update(conversations).where(
    conversations.c.id == sa.bindparam("here"), conversations.c.address == sa.bindparam("theirs")
)
_MEET, _OPEN, _RECEIVE = sa.insert(contacts), sa.insert(conversations), sa.insert(inbox)
_STILL_OPEN = sa.update(inbox).where(inbox.c.id == sa.bindparam("message"), inbox.c.status == "new")
_ONE = _TURN.where(inbox.c.provider == sa.bindparam("provider"), inbox.c.message_id == sa.bindparam("message_id"))


def _message(row: sa.engine.RowMapping) -> Message:
    return Message(
        id=row["message_id"],
        kind=row["kind"],
        text=row["text"],
        picked=json.loads(row["picked"]) if row["picked"] else None,
        payload=json.loads(row["payload"]),
        received_at=row["received_at"],
        attempts=row["attempts"],
    )


def _state(row: sa.engine.RowMapping) -> Conversation:
    response = None
    if row["response_id"] is not None:
        response = Response(
            id=row["response_id"],
            survey_key=row["survey_key"],
            fingerprint=row["fingerprint"],
            touchpoint=row["touchpoint"],
            anonymous=row["respondent"] is None,
            session=row["session"],
            timeout_at=row["timeout_at"],
        )
    return Conversation(
        id=row["id"],
        contact_id=row["contact_id"],
        provider=row["provider"],
        channel=row["channel"],
        address=row["address"],
        language=row["language"],
        owner=row["owner"],
        agent=row["agent"],
        name=row["name"],
        attributes=json.loads(row["attributes"]),
        opted_out=row["opted_out_at"] is not None,
        tracker=row["tracker"],
        guesses=json.loads(row["guesses"]) if row["guesses"] else (),
        pending=json.loads(row["pending"]) if row["pending"] else (),
        response=response,
        heard_at=row["last_inbound_at"],
        language_chosen=row["language_chosen"],
        language_offer=row["language_offer"] or "",
        version=row["version"],
    )


async def _mark_done(connection: AsyncConnection, outcome: Outcome) -> bool:
    """The row is done, with this turn. False when it was done already."""
    if outcome.parked:
        return True
    status = "waiting" if outcome.wait else "done"
    values: dict[str, Any] = {"status": status, "waits_for": outcome.wait or None, "done_at": outcome.now}
    if outcome.understood:
        values["understood"] = json.dumps(outcome.understood)
    if outcome.error is not None:
        values = {"status": "parked", "error": outcome.error, "attempts": outcome.message.attempts + 1}
    marked = await connection.execute(_STILL_OPEN, {"message": outcome.message.id, **values})
    if marked.rowcount and outcome.message.parts:
        await _mark_parts_done(connection, outcome)
    return bool(marked.rowcount)


async def _mark_parts_done(connection: AsyncConnection, outcome: Outcome) -> None:
    """Those that were read together with the message. Whoever handles them takes the first one first, so none of them
    can be done already; if one is, nothing of this turn counts. Raises Stale."""
    parts = outcome.message.parts
    mine = sa.and_(inbox.c.id.in_(parts), inbox.c.status == "new")
    values = {"status": "done", "done_at": outcome.now, "joined_to": outcome.message.id}
    marked = await connection.execute(sa.update(inbox).where(mine).values(**values))
    if marked.rowcount != len(parts):
        raise Stale(f"Messages that were joined to {outcome.message.id} have been handled by somebody else.")


async def _save_conversation(connection: AsyncConnection, outcome: Outcome, response: int | None) -> None:
    values: dict[str, Any] = {} if outcome.aside else {"response_id": response}
    if outcome.tracker is not None or outcome.forgets:
        values["tracker"] = None if outcome.forgets else outcome.tracker
    if outcome.message.kind in ("message", "call"):
        values["guesses"] = json.dumps(outcome.guesses) if outcome.guesses else None
        if outcome.language_chosen:
            values["language_chosen"] = True
        if outcome.language_offer or outcome.conversation.language_offer:
            values["language_offer"] = outcome.language_offer or MADE
        if outcome.pending or outcome.conversation.pending:
            values["pending"] = json.dumps(outcome.pending) if outcome.pending else None
    if outcome.owner is not None:
        values["owner"] = outcome.owner
    if outcome.owner in ("bot", "survey"):
        values["agent"] = None
    if outcome.language is not None:
        values["language"] = outcome.language
    if outcome.message.kind == "invite" and not outcome.wait:
        values["provider"] = outcome.conversation.provider  # the one invited through, when its turn has come
    here = outcome.conversation.id
    await pass_fence(connection, here, outcome.conversation.version, values)
    if outcome.owner == "bot":
        await release(connection, here)


async def _save_contact(connection: AsyncConnection, outcome: Outcome) -> None:
    values: dict[str, Any] = {}
    if outcome.opted_out is not None:
        # Since they said so, not since it was read: what they wrote after it lets an agent answer (`consent.py`).
        values["opted_out_at"] = outcome.message.received_at if outcome.opted_out else None
    if outcome.language is not None:
        values["language"] = outcome.language
    if outcome.opted_out is not None:
        await consent_changed(connection, outcome.conversation.contact_id, but=outcome.conversation.id)
    if values:
        here = contacts.c.id == outcome.conversation.contact_id
        saved = await connection.execute(sa.update(contacts).where(here).values(**values))
        if not saved.rowcount:  # merged into another contact since the turn began: it is tried again, with that one
            raise RuntimeError(f"Contact {outcome.conversation.contact_id} is another one now.")


async def _save_invitation(connection: AsyncConnection, outcome: Outcome) -> None:
    if outcome.wait and outcome.message.payload.get("invitation"):
        here = invitations.c.id == outcome.message.payload["invitation"]
        await connection.execute(sa.update(invitations).where(here).values(reason=outcome.wait))
    if outcome.invitation_sent is not None:
        # An invitation that went out as a template was sent before the survey begins.
        values = {"status": "sent", "sent_at": sa.func.coalesce(invitations.c.sent_at, outcome.now), "reason": None}
        here = invitations.c.id == outcome.invitation_sent
        await connection.execute(sa.update(invitations).where(here).values(**values))
    if outcome.invitation_skipped is not None:
        invitation, reason = outcome.invitation_skipped
        here = invitations.c.id == invitation
        await connection.execute(sa.update(invitations).where(here).values(status="skipped", reason=reason))
