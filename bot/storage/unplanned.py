"""Customers in the parts of campaigns that are stored and wait to be planned (`campaigns.py`)."""

from __future__ import annotations

import json
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.outreach.campaign import Outcome, dumps, loads
from bot.outreach.decision import OPTED_OUT
from bot.outreach.invitee import Invitee
from bot.storage.contacts import TELEPHONE
from bot.storage.tables import campaign_parts, contacts, conversations

_p = campaign_parts.c
_PLACES = sa.select(conversations.c.channel, conversations.c.address).where(
    conversations.c.contact_id == sa.bindparam("contact")
)
_EXTERNAL_ID = sa.select(contacts.c.external_id).where(contacts.c.id == sa.bindparam("contact"))


async def leave_out(connection: AsyncConnection, contact: int) -> None:
    """Take a customer who has their data deleted out of every part that waits: it neither invites them nor holds their
    address, name or external id any more. The part's account says "opted out" of their row, as of whoever did.

    Before anything else of the transaction is locked (`fence.py`): whoever plans a part holds it first, too. So a part
    under way is waited for, and its invitation is dropped with the rest; a later one finds nobody.
    """
    places = {(row[0], row[1]) for row in await connection.execute(_PLACES, {"contact": contact})}
    external_id = (await connection.execute(_EXTERNAL_ID, {"contact": contact})).scalar()
    known = sorted({address for _, address in places} | ({external_id} if external_id else set()))
    if not known:
        return
    written = [_p.invitees.contains(json.dumps(each, ensure_ascii=False), autoescape=True) for each in known]
    held = sa.select(_p.id, _p.invitees, _p.outcome).where(_p.status == "new", sa.or_(*written))
    for part in (await connection.execute(held.order_by(_p.id).with_for_update())).all():
        lines = loads(part.invitees)
        theirs = [line for line, invitee in lines if _is(invitee, places, external_id)]
        if not theirs:
            continue
        outcome = Outcome.loads(part.outcome)
        outcome.add(Outcome(skipped={OPTED_OUT: theirs}))
        kept = dumps([line for line in lines if line[0] not in theirs])
        values = {"invitees": kept, "outcome": outcome.dumps()}
        await connection.execute(sa.update(campaign_parts).where(_p.id == part.id).values(**values))


def _is(invitee: Invitee, places: Collection[tuple[str, str]], external_id: str | None) -> bool:
    if external_id and invitee.external_id == external_id:
        return True
    channels = TELEPHONE if invitee.channel in TELEPHONE else (invitee.channel,)
    return any((channel, invitee.address) in places for channel in channels)
