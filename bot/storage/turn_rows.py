"""What a turn reads: a message that waits, the conversation as it stands, and the response that is open in it."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from bot.conversation.state import Conversation, Message, Response
from bot.storage.tables import contacts, conversations, faq_events, inbox, responses

READ_TOGETHER = 20
"""So many messages that wait are looked at together; who writes more in a row gets more than one reply."""

RESPONSE = (
    responses.c.id.label("response_id"),
    responses.c.survey_key,
    responses.c.fingerprint,
    responses.c.touchpoint,
    responses.c.contact_id.label("respondent"),
    responses.c.session,
    responses.c.timeout_at,
)
"""Select these for `response_of`."""

# Statements of every message are made once: making one, and finding what was compiled for it, costs more than the
# database needs to answer.
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
    conversations.c.handed_over,
    conversations.c.version,
    contacts.c.name,
    contacts.c.attributes,
    contacts.c.opted_out_at,
    *RESPONSE,
)
KNOWN = (
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


class _InARow(sa.sql.functions.FunctionElement):
    """Words of many rows with spaces between, in no order; NULL for none. Each database has its own name for it."""

    type = sa.Text()
    inherit_cache = True


@compiles(_InARow, "postgresql")
def _of_postgresql(element: Any, compiler: Any, **given: Any) -> str:
    return f"string_agg({compiler.process(element.clauses, **given)}, ' ')"


@compiles(_InARow, "sqlite")
def _of_sqlite(element: Any, compiler: Any, **given: Any) -> str:
    return f"group_concat({compiler.process(element.clauses, **given)}, ' ')"


_ASKED = (
    sa.select(_InARow(sa.case((faq_events.c.kind == "asked", faq_events.c.entry), else_=None)))
    .where(faq_events.c.conversation_id == conversations.c.id, faq_events.c.at >= sa.bindparam("day"))
    .correlate(conversations)
    .scalar_subquery()
)
"""The kind is no condition: the database would rather look through all that was asked of everybody today."""
LIES = (
    sa.select(inbox.c.conversation_id)
    .where(inbox.c.status == "new", sa.or_(inbox.c.held_until.is_(None), inbox.c.held_until <= sa.bindparam("now")))
    .distinct()
)
NEXT = (
    _TURN.add_columns(sa.case((conversations.c.response_id.is_(None), _ASKED), else_=None).label("asked"))
    .where(inbox.c.conversation_id == sa.bindparam("conversation"), inbox.c.status == "new")
    .order_by(inbox.c.id)
    .limit(READ_TOGETHER)
)
ONE = _TURN.where(inbox.c.provider == sa.bindparam("provider"), inbox.c.message_id == sa.bindparam("message_id"))


def response_of(row: sa.engine.RowMapping) -> Response:
    """Of a row that selects `RESPONSE`."""
    return Response(
        id=row["response_id"],
        survey_key=row["survey_key"],
        fingerprint=row["fingerprint"],
        touchpoint=row["touchpoint"],
        anonymous=row["respondent"] is None,
        session=row["session"],
        timeout_at=row["timeout_at"],
    )


def message_of(row: sa.engine.RowMapping) -> Message:
    return Message(
        id=row["message_id"],
        kind=row["kind"],
        text=row["text"],
        picked=json.loads(row["picked"]) if row["picked"] else None,
        payload=json.loads(row["payload"]),
        received_at=row["received_at"],
        attempts=row["attempts"],
    )


def state_of(row: sa.engine.RowMapping) -> Conversation:
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
        response=None if row["response_id"] is None else response_of(row),
        heard_at=row["last_inbound_at"],
        language_chosen=row["language_chosen"],
        language_offer=row["language_offer"] or "",
        handed_over=json.loads(row["handed_over"]) if row["handed_over"] else None,
        version=row["version"],
    )
