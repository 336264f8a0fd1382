"""What a turn writes: answers, state, cases, letters, and that its message is done, in one transaction."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.language_offer import MADE
from bot.conversation.ports import Stale
from bot.conversation.state import Outcome
from bot.conversation.waiting_word import ROLE, handed_over
from bot.storage import letters, quotas
from bot.storage.anonymity import forget
from bot.storage.cases import add_reply_to, add_verbatim, correct_score, customer_wrote, open_cases
from bot.storage.faq_events import put_faq_events
from bot.storage.fence import consent_changed, hold_all, pass_fence
from bot.storage.links import contact_of, redeem
from bot.storage.moving import move_response
from bot.storage.offers import save_offers
from bot.storage.responses import save_response
from bot.storage.stopping import stop_surveys
from bot.storage.tables import contacts, conversations, inbox, invitations
from bot.storage.unplanned import leave_out
from bot.storage.waiting import release

# Made once: see `turn_rows.py`.
STILL_OPEN = sa.update(inbox).where(inbox.c.id == sa.bindparam("message"), inbox.c.status == "new")
_HELD = sa.select(conversations.c.id).where(conversations.c.id == sa.bindparam("here")).with_for_update(key_share=True)
_MINE = STILL_OPEN.where(_HELD.scalar_subquery().is_not(None))
"""PostgreSQL asks the inner query, and so locks the conversation, before it locks the message (`fence.py`)."""


async def write_turn(connection: AsyncConnection, outcome: Outcome) -> None:
    """Everything of `outcome`, or nothing when another process has handled the message meanwhile."""
    await _hold(connection, outcome)
    if not await _mark_done(connection, outcome):
        return
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
        here = await forget(connection, outcome.conversation, outcome.now, outcome.message.received_at)
    awaited = outcome.message.kind in ("message", "call")
    await letters.put(connection, here, outcome.message.id, outcome.outbox, outcome.now, awaited)
    if outcome.move_to:
        await move_response(connection, here, outcome.move_to, outcome.now)


async def _hold(connection: AsyncConnection, outcome: Outcome) -> None:
    """What is locked beside the conversation itself, before it (`fence.py`)."""
    contact = outcome.conversation.contact_id
    if outcome.forget_contact:
        await leave_out(connection, contact)
    if outcome.redeemed is not None:
        await hold_all(connection, contact, contact_of(outcome.redeemed))
    elif outcome.opted_out is not None or outcome.move_to:
        await hold_all(connection, contact)


async def _mark_done(connection: AsyncConnection, outcome: Outcome) -> bool:
    """The row is done, with this turn. False when it was done already."""
    if outcome.parked:
        return True
    mine = {"message": outcome.message.id, "here": outcome.conversation.id}
    marked = await connection.execute(_MINE, {**mine, **done_values(outcome)})
    if marked.rowcount and outcome.message.parts:
        await _mark_parts_done(connection, outcome)
    return bool(marked.rowcount)


def done_values(outcome: Outcome) -> dict[str, Any]:
    """What the turn changes in its message's row."""
    if outcome.error is not None:
        return {"status": "parked", "error": outcome.error, "attempts": outcome.message.attempts + 1}
    status = "waiting" if outcome.wait else "done"
    values: dict[str, Any] = {"status": status, "waits_for": outcome.wait or None, "done_at": outcome.now}
    if outcome.understood:
        values["understood"] = json.dumps(outcome.understood)
    return values


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
    here = outcome.conversation.id
    await pass_fence(connection, here, outcome.conversation.version, conversation_values(outcome, response))
    if outcome.owner == "bot":
        await release(connection, here)


def conversation_values(outcome: Outcome, response: int | None) -> dict[str, Any]:
    """What the turn changes in its conversation. `response`: the one that is open in it from now on."""
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
    if (to_a_person := handed_over(outcome)) is not None:
        values["handed_over"] = json.dumps(to_a_person)
    elif any(letter.role == ROLE for letter in outcome.outbox):
        values["handed_over"] = None
    if outcome.language is not None:
        values["language"] = outcome.language
    if outcome.message.kind == "invite" and not outcome.wait:
        values["provider"] = outcome.conversation.provider  # the one invited through, when its turn has come
    return values


async def _save_contact(connection: AsyncConnection, outcome: Outcome) -> None:
    values: dict[str, Any] = {}
    if outcome.opted_out is not None:
        # Since they said so, not since it was read: what they wrote after it lets an agent answer (`consent.py`).
        values["opted_out_at"] = outcome.message.received_at if outcome.opted_out else None
    if outcome.language is not None:
        values["language"] = outcome.language
    if outcome.opted_out is not None:
        await consent_changed(connection, outcome.conversation.contact_id, but=outcome.conversation.id)
    if outcome.opted_out:
        await stop_surveys(connection, outcome.conversation.contact_id, outcome.now, but=outcome.conversation.id)
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
