"""Surveys that were offered by a template and wait for the customer's reply."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.state import Offer, Outcome
from bot.storage.tables import invitations, offers, outbox
from channels.contract import Outbound

BEGUN = "The survey has begun already."


# Of every message without a survey: made once, as those in store.py.
_OPEN = (
    sa.select(offers)
    .where(offers.c.conversation_id == sa.bindparam("conversation"))
    .order_by(offers.c.offered_at.desc(), offers.c.id.desc())
)


async def open_offers(connection: AsyncConnection, conversation: int) -> Sequence[Offer]:
    """The newest first."""
    rows = (await connection.execute(_OPEN, {"conversation": conversation})).mappings()
    return [
        Offer(row["invitation_id"], row["survey_key"], row["language"], row["asks"], row["offered_at"]) for row in rows
    ]


_OF_SURVEY = sa.delete(offers).where(
    offers.c.conversation_id == sa.bindparam("there"), offers.c.survey_key == sa.bindparam("survey")
)
_LATE = sa.update(outbox).where(
    outbox.c.conversation_id == sa.bindparam("there"),
    outbox.c.status == sa.literal("queued"),
    outbox.c.role == sa.literal("template"),
)


async def save_offers(connection: AsyncConnection, outcome: Outcome) -> None:
    """A new offer takes the place of an earlier one of the same survey. It is over when its survey begins, and with the
    customer's STOP."""
    if not (outcome.new_response or outcome.offered or outcome.opted_out or outcome.forget_contact):
        return
    here = offers.c.conversation_id == outcome.conversation.id
    begun = outcome.new_response.survey_key if outcome.new_response else None
    there = {"there": outcome.conversation.id}
    for key in {begun, outcome.offered.survey_key if outcome.offered else None} - {None}:
        await connection.execute(_OF_SURVEY, {**there, "survey": key})
    if begun:  # a template that has not left yet would greet a second time, and hold the question up
        await connection.execute(_LATE, {**there, "status": "withheld", "error": BEGUN})
    if outcome.opted_out or outcome.forget_contact:
        await connection.execute(sa.delete(offers).where(here))
    if outcome.offered is not None:
        await connection.execute(
            sa.insert(offers).values(
                conversation_id=outcome.conversation.id,
                invitation_id=outcome.offered.invitation,
                survey_key=outcome.offered.survey_key,
                language=outcome.offered.language,
                asks=outcome.offered.asks,
                offered_at=outcome.offered.at,
            )
        )


async def offer_sent(connection: AsyncConnection, template: Outbound, at: str) -> None:
    """The template has left, and so its invitation: at once, also when nobody ever replies."""
    mine = sa.and_(invitations.c.id == _invitation(template), invitations.c.status == "queued")
    await connection.execute(sa.update(invitations).where(mine).values(status="sent", sent_at=at))


async def withdraw_offer(connection: AsyncConnection, template: Outbound, reason: str) -> None:
    """The template reached nobody: its invitation counts as not asked, with the reason, unless the survey has begun."""
    invitation = _invitation(template)
    withdrawn = await connection.execute(sa.delete(offers).where(offers.c.invitation_id == invitation))
    waiting = ("queued", "sent") if withdrawn.rowcount else ("queued",)  # sent and no offer: the survey has begun
    mine = sa.and_(invitations.c.id == invitation, invitations.c.status.in_(waiting))
    await connection.execute(sa.update(invitations).where(mine).values(status="skipped", reason=reason))


async def is_open(connection: AsyncConnection, template: Outbound) -> bool:
    """Whether the offer that the template makes still waits: its survey may have begun before it left."""
    query = sa.select(offers.c.id).where(offers.c.invitation_id == _invitation(template))
    return (await connection.execute(query)).first() is not None


def _invitation(template: Outbound) -> int:
    return int(template.data.get("invitation") or 0)
