"""Keeping answers without the person: anonymous surveys, and customers who want their data deleted."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.state import Conversation
from bot.storage.fence import changed
from bot.storage.forgotten_cases import drop_waiting, forget_cases
from bot.storage.tables import (
    answers,
    contacts,
    conversations,
    faq_events,
    inbox,
    invitations,
    link_codes,
    outbox,
    responses,
)

_UNSENT = ("queued", "sending")

_NOTHING = '{"text": "", "prompt": null, "role": "notice", "sender": "bot"}'
_SAID_NOTHING: dict[str, Any] = {"text": "", "picked": None, "understood": None}

_NAMELESS = sa.select(responses.c.conversation_id, responses.c.started_at).where(
    responses.c.id == sa.bindparam("response"), responses.c.contact_id.is_(None)
)


async def cut_loose(connection: AsyncConnection, response: int) -> None:
    """An anonymous response is over: nothing leads from it to a conversation any more, nor back. Others stay as they
    are.

    Not by id, not by words (our own questions repeat answers: "Why 2?"), and not by the microsecond at which an answer
    and its message were stored: of times only the day stays.
    """
    row = (await connection.execute(_NAMELESS, {"response": response})).first()
    if row is None or row.conversation_id is None:
        return
    mine = sa.and_(responses.c.id == response, responses.c.contact_id.is_(None))
    given = answers.c.response_id == response
    times = {"answered_at": _day(answers.c.answered_at), "inbox_id": None}
    await _change(connection, answers, given, **times)
    times = {name: _day(responses.c[name]) for name in ("started_at", "ended_at", "expires_at")}
    await _change(connection, responses, mine, conversation_id=None, session="{}", timeout_at=None, **times)
    # Also what was received before the survey began and answered it: whoever types fast writes ahead, and the reply to
    # a template may be the first answer.
    since = sa.or_(inbox.c.received_at >= row.started_at, inbox.c.done_at >= row.started_at)
    said = sa.and_(inbox.c.conversation_id == row.conversation_id, since, inbox.c.status != "new")
    await _change(connection, inbox, said, **_SAID_NOTHING)
    sent = sa.and_(outbox.c.created_at >= row.started_at, outbox.c.status.not_in(_UNSENT), outbox.c.role != "agent")
    here = outbox.c.conversation_id == row.conversation_id
    await _change(connection, outbox, sa.and_(here, sent), payload=_NOTHING)


def _day(column: sa.Column) -> Any:
    return sa.func.substr(column, 1, 10) + "T00:00:00+00:00"


async def forget(connection: AsyncConnection, conversation: Conversation, now: str, asked_at: str = "") -> int:
    """Remove who a contact is, on every channel. Their answers and scores stay, with nobody behind them; what they
    wrote is blanked, and so are notes and what was done about it (`forgotten_cases.py`). Whoever has a chat with them,
    on this channel or another, goes on in it and knows nothing of before.

    Returns a new conversation with the old address and an opted-out contact without a name: the least that must be
    kept so that nobody is asked again. What the customer has written since goes on there. `asked_at`: when they wished
    it, if that was before `now`.
    """
    theirs = sa.select(conversations).where(conversations.c.contact_id == conversation.contact_id)
    nobody = await connection.execute(
        sa.insert(contacts).values(language=conversation.language, opted_out_at=asked_at or now, created_at=now)
    )
    moved: dict[int, int] = {}
    for row in (await connection.execute(theirs)).mappings().all():
        await _blank_conversation(connection, row["id"])
        kept = {name: row[name] for name in ("provider", "channel", "address", "language", "owner", "agent")}
        if row["owner"] == "survey":
            kept["owner"] = "bot"  # its response is over
        made = await connection.execute(
            sa.insert(conversations).values(contact_id=nobody.inserted_primary_key[0], created_at=now, **kept)
        )
        moved[row["id"]] = int(made.inserted_primary_key[0])
        await drop_waiting(connection, row["id"], conversation.contact_id)
        unread = sa.and_(inbox.c.conversation_id == row["id"], inbox.c.status == "new", inbox.c.kind == "message")
        await _change(connection, inbox, unread, conversation_id=moved[row["id"]])
    await forget_cases(connection, moved, conversation.contact_id, nobody.inserted_primary_key[0], now)
    await _blank_contact(connection, conversation.contact_id, now)
    return moved[conversation.id]


async def _blank_conversation(connection: AsyncConnection, here: int) -> None:
    gone: dict[str, Any] = {"address": f"forgotten-{here}", "owner": "bot"}
    gone |= dict.fromkeys(
        ("tracker", "response_id", "agent", "guesses", "pending", "call", "language_offer", "handed_over")
    )
    gone["language_chosen"] = False
    await _change(connection, conversations, conversations.c.id == here, **changed(**gone))
    said = sa.and_(inbox.c.conversation_id == here, inbox.c.status != "new", inbox.c.kind == "message")
    await _change(connection, inbox, said, payload="{}", reference=None, error=None, **_SAID_NOTHING)
    ours = outbox.c.conversation_id == here
    await _change(connection, outbox, sa.and_(ours, outbox.c.status == "queued"), status="withheld")
    await _change(connection, outbox, ours, payload=_NOTHING, error=None)
    given = answers.c.response_id.in_(sa.select(responses.c.id).where(responses.c.conversation_id == here))
    await _change(connection, answers, sa.and_(given, answers.c.type.in_(("text", "contact"))), value=None)
    await _change(connection, answers, given, raw="", comment="")
    await _change(connection, faq_events, faq_events.c.conversation_id == here, text="")


async def _blank_contact(connection: AsyncConnection, contact: int, now: str) -> None:
    await _change(connection, contacts, contacts.c.id == contact, name=None, attributes="{}", external_id=None)
    await connection.execute(sa.delete(link_codes).where(link_codes.c.contact_id == contact))
    mine = responses.c.contact_id == contact
    unfinished = sa.and_(mine, responses.c.status.in_(("active", "paused")))
    await _change(connection, responses, unfinished, status="stopped", ended_at=now, timeout_at=None)
    await _change(connection, responses, mine, contact_id=None, session="{}", invitation_id=None)
    await _change(connection, invitations, invitations.c.contact_id == contact, reason=None)


async def _change(connection: AsyncConnection, table: sa.Table, where: Any, **values: Any) -> None:
    await connection.execute(sa.update(table).where(where).values(**values))
