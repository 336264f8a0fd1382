"""What a provider's report of a letter means, and what follows from it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.fence import consent_changed
from bot.storage.letters import message_from
from bot.storage.offers import offer_sent, withdraw_offer
from bot.storage.stopping import stop_surveys
from bot.storage.tables import contacts, conversations, invitations
from channels.contract import DeliveryStatus, Outbound

_ORDER = ("queued", "sending", "unknown", "withheld", "sent", "delivered", "read", "undelivered", "failed")
"""A state further right is never replaced by one further left: callbacks arrive out of order."""

NOT_TAKEN = "Nobody took the call"
"""So begins the reason of a call that is placed again as planned, or has failed."""

NEVER_SAID = "Nobody knows whether it arrived: its provider never said."
"""Why a letter failed that was *unknown* for too long."""


def state(row: sa.engine.RowMapping) -> str:
    """As reports find it: what was given up because nobody knew is as unknown as it was."""
    return "unknown" if row["status"] == "failed" and row["error"] == NEVER_SAID else str(row["status"])


def is_news(now: str, before: str) -> bool:
    """A report of an earlier state says nothing new. That the channel's rules forbade it comes after "sent"."""
    if now == "withheld":
        return before in ("unknown", "sent", "queued", "sending")
    return now in _ORDER and _ORDER.index(now) > _ORDER.index(before)


async def follow(connection: AsyncConnection, row: sa.engine.RowMapping, status: DeliveryStatus) -> None:
    """What a report says of a template, it says of its invitation."""
    message = message_from(row["payload"])
    if status.status in ("withheld", "undelivered", "failed"):
        await not_asked(connection, message, status.error_code or "The template was not delivered.")
    elif status.status in ("sent", "delivered", "read"):
        at = row["sent_at"] or row["created_at"]
        await offer_sent(connection, message, at)
        if state(row) != row["status"]:
            await _asked_after_all(connection, message, at)


async def not_asked(connection: AsyncConnection, message: Outbound, reason: str) -> None:
    """A call or a template reached nobody: its invitation counts as not asked, with the reason."""
    if message.role == "template":
        await withdraw_offer(connection, message, reason)
    elif message.role == "call":
        mine = sa.and_(invitations.c.id == int(message.data.get("invitation") or 0), invitations.c.status == "queued")
        await connection.execute(sa.update(invitations).where(mine).values(status="skipped", reason=reason))


async def _asked_after_all(connection: AsyncConnection, message: Outbound, at: str) -> None:
    """The report of a template that was given up comes late: its invitation counts for what may be asked when."""
    number = int(message.data.get("invitation") or 0)
    mine = sa.and_(invitations.c.id == number, invitations.c.status == "skipped", invitations.c.reason == NEVER_SAID)
    await connection.execute(sa.update(invitations).where(mine).values(status="sent", sent_at=at, reason=None))


async def withdraw_consent(connection: AsyncConnection, conversation: int, now: str) -> None:
    """First the conversations, then the contact, as a turn does: so no two wait for each other."""
    here = sa.select(conversations.c.contact_id).where(conversations.c.id == conversation)
    await consent_changed(connection, here.scalar_subquery())
    await stop_surveys(connection, (await connection.execute(here)).scalar_one(), now)
    await connection.execute(
        sa.update(contacts)
        .where(contacts.c.id.in_(here), contacts.c.opted_out_at.is_(None))
        .values(opted_out_at=now)
        .execution_options(synchronize_session=False)
    )


def of_this_attempt(row: sa.engine.RowMapping, status: DeliveryStatus) -> bool:
    """Whether a report is of the call that was placed last: an earlier one's comes again, or after its retry was
    planned. Where the answer to our request was lost, the call's id is not known, and any report is taken."""
    if row["status"] not in ("sent", "unknown"):
        return False
    return row["provider_message_id"] in (None, status.provider_message_id)


def letter_of_key(key: str) -> int | None:
    """The outbox row of a key that we gave a provider ("out-12"); None for anything else."""
    word, _, number = key.partition("-")
    return int(number) if word == "out" and number.isdecimal() and len(number) < 19 else None
