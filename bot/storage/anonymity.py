"""Keeping answers without the person: anonymous surveys, and customers who want their data deleted."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.state import Conversation
from bot.storage.tables import answers, cases, contacts, conversations, inbox, invitations, outbox, responses

_NOTHING = '{"text": "", "prompt": null, "role": "notice", "sender": "bot"}'


async def cut_loose(connection: AsyncConnection, response: int) -> None:
    """An anonymous response is over: nothing leads from it to a conversation any more, nor back. Others stay as they
    are."""
    mine = sa.and_(responses.c.id == response, responses.c.contact_id.is_(None))
    query = sa.select(responses.c.conversation_id, responses.c.started_at).where(mine)
    row = (await connection.execute(query)).first()
    if row is None or row.conversation_id is None:
        return
    await connection.execute(sa.update(answers).where(answers.c.response_id == response).values(inbox_id=None))
    await connection.execute(sa.update(responses).where(mine).values(conversation_id=None, session="{}"))
    said = sa.and_(inbox.c.conversation_id == row.conversation_id, inbox.c.received_at >= row.started_at)
    await connection.execute(sa.update(inbox).where(said).values(text="", picked=None, understood=None))


async def forget(connection: AsyncConnection, conversation: Conversation, now: str) -> int:
    """Remove who a contact is. Their answers and scores stay, with nobody behind them; what they wrote is blanked.

    Returns a new conversation with the old address and an opted-out contact without a name: the least that must be
    kept so that nobody is asked again.
    """
    await _blank(connection, conversation)
    nobody = await connection.execute(
        sa.insert(contacts).values(language=conversation.language, opted_out_at=now, created_at=now)
    )
    made = await connection.execute(
        sa.insert(conversations).values(
            contact_id=nobody.inserted_primary_key[0],
            provider=conversation.provider,
            channel=conversation.channel,
            address=conversation.address,
            language=conversation.language,
            created_at=now,
        )
    )
    return int(made.inserted_primary_key[0])


async def _blank(connection: AsyncConnection, conversation: Conversation) -> None:
    here, contact = conversation.id, conversation.contact_id
    await connection.execute(sa.update(contacts).where(contacts.c.id == contact).values(name=None, attributes="{}"))
    gone = {"address": f"forgotten-{here}", "tracker": None}
    await connection.execute(sa.update(conversations).where(conversations.c.id == here).values(**gone))
    said = {"text": "", "picked": None, "understood": None}
    await connection.execute(sa.update(inbox).where(inbox.c.conversation_id == here).values(**said))
    await connection.execute(sa.update(outbox).where(outbox.c.conversation_id == here).values(payload=_NOTHING))
    mine = responses.c.contact_id == contact
    await connection.execute(sa.update(responses).where(mine).values(contact_id=None, session="{}", invitation_id=None))
    written = sa.and_(answers.c.response_id == responses.c.id, responses.c.conversation_id == here)
    theirs = sa.select(answers.c.id).where(written, answers.c.type.in_(("text", "contact")))
    await connection.execute(
        sa.update(answers)
        .where(answers.c.id.in_(theirs))
        .values(value=None)
        .execution_options(synchronize_session=False)
    )
    raw = sa.select(answers.c.id).where(written)
    await connection.execute(sa.update(answers).where(answers.c.id.in_(raw)).values(raw=""))
    known = cases.c.conversation_id == here
    await connection.execute(sa.update(cases).where(known).values(contact_id=None, transcript="[]", verbatim=""))
    await connection.execute(sa.update(invitations).where(invitations.c.contact_id == contact).values(reason=None))
