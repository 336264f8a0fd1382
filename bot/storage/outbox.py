"""The outbox in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.conversation.consent import REFUSED
from bot.conversation.letter import LEASE_SECONDS, Letter
from bot.conversation.obstacles import FIRST
from bot.storage import due_letters
from bot.storage.answering import answers
from bot.storage.engine import Database
from bot.storage.fast import FastConnection
from bot.storage.first_response import settled
from bot.storage.letters import message_from
from bot.storage.offers import BEGUN, is_open, offer_sent
from bot.storage.reports import (
    NOT_TAKEN,
    follow,
    is_news,
    letter_of_key,
    not_asked,
    of_this_attempt,
    state,
    withdraw_consent,
)
from bot.storage.tables import contacts, conversations, outbox
from bot.storage.unsure import give_up, send_once_more
from bot.storage.withholding import NOBODY_LISTENS, withhold_all
from channels.contract import DeliveryStatus

_LETTER = sa.update(outbox).where(outbox.c.id == sa.bindparam("letter"))
_LEFT_BEHIND = sa.select(outbox.c.id).where(outbox.c.status == "sending").limit(1)
_WAITING = _LETTER.where(outbox.c.status == "queued")
_UNDER_WAY = _LETTER.where(outbox.c.status == "sending")
_OURS_STILL = _LETTER.where(
    outbox.c.status.in_([sa.literal(status) for status in ("queued", "sending", "unknown")]),
    outbox.c.attempts <= sa.bindparam("known"),
)
_UNREPORTED = _LETTER.where(
    sa.or_(
        outbox.c.provider_message_id.is_(None),
        outbox.c.status.in_([sa.literal(status) for status in ("queued", "sending", "unknown")]),
    )
)
"""Its provider has not said yet what became of it: a report may overtake the answer to our own request."""


class SqlOutbox:
    """Implements `bot.conversation.letter.Outbox`. `idle_minutes`: so long a customer whom an agent's letter did not
    reach may wait for another one."""

    def __init__(self, database: Database, idle_minutes: int = 60) -> None:
        self._database = database
        self._idle_minutes = idle_minutes

    async def due(
        self,
        now: str,
        limit: int,
        collected: Sequence[str] = (),
        without: Sequence[str] = (),
        conversation: int | None = None,
    ) -> Sequence[Letter]:
        wanted = due_letters.Wanted(now, limit, collected, without, conversation)
        return await due_letters.due(self._database, wanted, self._idle_minutes)

    async def sending(self, letter: Letter, until: str) -> bool:
        values = {"status": "sending", "sending_until": until, "attempts": letter.attempts + 1}
        return bool((await self._database.change(_WAITING, {"letter": letter.id, **values})).rowcount)

    async def sent(self, letter: Letter, provider_message_id: str, now: str) -> None:
        mine = {"letter": letter.id, "status": "sent", "provider_message_id": provider_message_id, "sent_at": now}
        mine["error"] = None
        if letter.message.role not in ("agent", "template"):
            if not (await self._database.change(_UNREPORTED, mine)).rowcount:
                await self._database.change(_LETTER, {"letter": letter.id, "sent_at": now})
            return
        async with self._database.fast_write() as connection:
            if not (await connection.execute(_UNREPORTED, mine)).rowcount:
                await connection.execute(_LETTER, {"letter": letter.id, "sent_at": now})
            elif letter.message.role == "agent":
                await settled(connection, letter.id, now, self._idle_minutes)
            else:
                await offer_sent(connection, letter.message, now)

    async def again(self, letter: Letter, at: str, error: str) -> None:
        await self._set(letter, status="queued", next_attempt_at=at, error=error)

    async def wait(self, letter: Letter, at: str, why: str) -> None:
        await self._set(letter, status="queued", next_attempt_at=at, error=why, attempts=letter.attempts)

    async def put_off(self, letter: Letter, at: str, why: str) -> None:
        await self._database.change(_WAITING, {"letter": letter.id, "next_attempt_at": at, "error": why})

    async def failed(self, letter: Letter, error: str, now: str) -> None:
        async with self._database.fast_write() as connection:
            if await self._lost(connection, letter, "failed", error, now):
                await not_asked(connection, letter.message, error)

    async def unknown(self, letter: Letter, error: str, again_at: str) -> None:
        values = {"status": "unknown", "error": error, "next_attempt_at": again_at}
        async with self._database.fast_write() as connection:  # a report may have settled it already
            await connection.execute(_UNDER_WAY, {"letter": letter.id, **values})

    async def send_once_more(self, now: str) -> int:
        await give_up(self._database, now, self._idle_minutes)
        return await send_once_more(self._database, now)

    async def answers(self, letter: Letter) -> str | None:
        return await answers(self._database, letter.id)

    async def refused_by_customer(self, letter: Letter, error: str, now: str) -> None:
        async with self._database.fast_write() as connection:
            await withdraw_consent(connection, letter.conversation, now)  # first: see the order in `fence.py`
            if await self._lost(connection, letter, "failed", f"{REFUSED}{error}", now):
                await not_asked(connection, letter.message, error)

    async def fetched(self, conversation: int) -> None:
        """A page of the web has read the conversation: what lay ready there has arrived. What another provider sent
        has when that one says so."""
        of_the_web = sa.select(conversations.c.id).where(conversations.c.provider == "web")
        mine = sa.and_(
            outbox.c.conversation_id == conversation,
            outbox.c.conversation_id.in_(of_the_web),
            outbox.c.status == "sent",
        )
        async with self._database.write() as connection:
            await connection.execute(sa.update(outbox).where(mine).values(status="delivered"))

    async def status(self, status: DeliveryStatus, now: str) -> bool:
        """A provider's word on one message. Late news of an earlier state changes nothing. A report that
        gives our key back settles a message of which we did not know whether it had left. `status.opted_out`: the
        customer wants nothing from us, and consent is withdrawn at `now`."""
        ours = sa.or_(
            outbox.c.provider_message_id == status.provider_message_id,
            sa.and_(outbox.c.provider_message_id.is_(None), outbox.c.id == letter_of_key(status.key)),
        )
        mine = sa.and_(
            ours, outbox.c.conversation_id == conversations.c.id, conversations.c.provider == status.provider
        )
        async with self._database.fast_write() as connection:
            row = (await connection.execute(sa.select(outbox).where(mine))).mappings().first()
            if row is None:
                return False
            if row["role"] == "call" and not of_this_attempt(row, status):
                return True
            if status.opted_out:
                await withdraw_consent(connection, row["conversation_id"], now)
            if is_news(status.status, state(row)):
                values = {
                    "status": status.status,
                    "error": f"{REFUSED}{status.error_code}" if status.opted_out else status.error_code or None,
                    "provider_message_id": status.provider_message_id,
                }
                await connection.execute(sa.update(outbox).where(outbox.c.id == row["id"]).values(**values))
                if row["role"] == "agent":
                    await settled(connection, row["id"], now, self._idle_minutes)
                if row["role"] == "template":
                    await follow(connection, row, status)
        return True

    async def withhold_unheard(self, collected: Sequence[str], now: str) -> int:
        """Letters that can only be heard in a call, while there is none, are withheld with that reason."""
        silent = sa.select(conversations.c.id).where(
            conversations.c.provider.in_(collected), conversations.c.call.is_(None)
        )
        mine = sa.and_(outbox.c.status == "queued", outbox.c.role != "call", outbox.c.conversation_id.in_(silent))
        async with self._database.fast_read() as connection:  # looked for at every turn, and there is hardly ever one
            if (await connection.execute(sa.select(outbox.c.id).where(mine).limit(1))).first() is None:
                return 0
        async with self._database.fast_write() as connection:
            return await withhold_all(connection, mine, NOBODY_LISTENS, now, self._idle_minutes)

    async def may_ask(self, letter: Letter) -> str:
        """Why the customer must not be rung up or invited after all; "" when they may."""
        query = (
            sa.select(contacts.c.opted_out_at, conversations.c.owner, conversations.c.call)
            .join(conversations, conversations.c.contact_id == contacts.c.id)
            .where(conversations.c.id == letter.conversation)
        )
        async with self._database.fast_read() as connection:
            row = (await connection.execute(query)).one()
            waits = letter.message.role != "template" or await is_open(connection, letter.message)
        if row.opted_out_at is not None:
            return "the contact opted out"
        if row.owner == "human":
            return "a person has the conversation"
        return "" if waits or letter.message.data.get("obstacle") else BEGUN

    async def not_reached(self, status: DeliveryStatus, plan: Sequence[int], now: str) -> bool:
        """Nobody took a call: it is placed again as `plan` says (minutes after each attempt), and at last given up,
        with its invitation."""
        query = sa.select(outbox).where(outbox.c.id == letter_of_key(status.key), outbox.c.role == "call")
        async with self._database.fast_write() as connection:
            row = (await connection.execute(query)).mappings().first()
            if row is None or not of_this_attempt(row, status):
                return row is not None
            reason = f"{NOT_TAKEN} ({status.error_code or 'no answer'})."
            if row["attempts"] <= len(plan):
                at = datetime.fromisoformat(now) + timedelta(minutes=plan[row["attempts"] - 1])
                values = {"status": "queued", "next_attempt_at": at.isoformat(timespec="microseconds")}
                await connection.execute(
                    sa.update(outbox)
                    .where(outbox.c.id == row["id"])
                    .values(**values, provider_message_id=None, error=reason)
                )
            else:
                await connection.execute(
                    sa.update(outbox).where(outbox.c.id == row["id"]).values(status="failed", error=reason)
                )
                await not_asked(connection, message_from(row["payload"]), reason)
        return True

    async def withhold(self, letter: Letter, reason: str, now: str, in_hand: bool = True) -> None:
        async with self._database.fast_write() as connection:
            lost = await self._lost(connection, letter, "withheld", reason, now, in_hand)
            if lost and letter.message.role in FIRST:
                await not_asked(connection, letter.message, reason)

    async def _lost(
        self, connection: FastConnection, letter: Letter, status: str, error: str, now: str, in_hand: bool = True
    ) -> bool:
        """Returns False when it is somebody else's by now, or settled: nothing has changed then."""
        values = {"letter": letter.id, "status": status, "error": error}
        mine = (_OURS_STILL, {**values, "known": letter.attempts + 1}) if in_hand else (_WAITING, values)
        if not (await connection.execute(*mine)).rowcount:
            return False
        if letter.message.role == "agent":
            await settled(connection, letter.id, now, self._idle_minutes)
        return True

    async def _set(self, letter: Letter, **values: object) -> None:
        """Unless it is settled already, or another process has it in hand: this may be written late, when the database
        is back."""
        async with self._database.fast_write() as connection:
            await connection.execute(_OURS_STILL, {"letter": letter.id, "known": letter.attempts + 1, **values})

    async def recover(self, remembering: Sequence[str], again_at: str, now: str = "") -> int:
        theirs = sa.select(conversations.c.id).where(conversations.c.provider.in_(remembering))
        interrupted = outbox.c.status == "sending"
        if now:
            # Looked for again and again, and there is hardly ever one.
            async with self._database.fast_read() as connection:
                if (await connection.execute(_LEFT_BEHIND)).first() is None:
                    return 0
            await self._lend_anew(now)
            interrupted = sa.and_(interrupted, outbox.c.sending_until < now)
        async with self._database.fast_write() as connection:
            again = await connection.execute(
                sa.update(outbox)
                .where(interrupted, outbox.c.conversation_id.in_(theirs))
                .values(status="queued")
                .execution_options(synchronize_session=False)
            )
            values = {"status": "unknown", "error": "The process ended while sending.", "next_attempt_at": again_at}
            await connection.execute(sa.update(outbox).where(interrupted).values(**values))
        return int(again.rowcount)

    async def overdue(self, now: str) -> tuple[int, str | None]:
        """How many letters' time has come, and since when the first of them waits (None: none does)."""
        late = sa.and_(outbox.c.status == "queued", outbox.c.next_attempt_at <= now)
        query = sa.select(sa.func.count(), sa.func.min(outbox.c.next_attempt_at)).where(late)
        async with self._database.read() as connection:
            count, since = (await connection.execute(query)).one()
        return int(count), since

    async def _lend_anew(self, now: str) -> None:
        """Letters that an earlier version took, which knew no lease, get one that begins now."""
        until = datetime.fromisoformat(now) + timedelta(seconds=LEASE_SECONDS)
        forever = sa.and_(outbox.c.status == "sending", outbox.c.sending_until.is_(None))
        async with self._database.fast_write() as connection:
            await connection.execute(
                sa.update(outbox).where(forever).values(sending_until=until.isoformat(timespec="microseconds"))
            )

    async def next_due(self, collected: Sequence[str] = ()) -> str | None:
        return await due_letters.next_due(self._database, collected)
