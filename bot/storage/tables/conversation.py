"""Whom we talk with, and every message in and out."""

from __future__ import annotations

import sqlalchemy as sa

from bot.storage.tables.columns import metadata, refers, row_id

contacts = sa.Table(
    "contacts",
    metadata,
    row_id(),
    sa.Column("name", sa.Text),
    sa.Column("language", sa.String(8)),
    sa.Column("attributes", sa.Text, nullable=False, server_default="{}"),
    sa.Column("external_id", sa.String(120)),  # by which the company knows them; two different ones are two people
    sa.Column("opted_out_at", sa.String(32)),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.UniqueConstraint("external_id"),
)

conversations = sa.Table(
    "conversations",
    metadata,
    row_id(),
    refers("contact_id", "contacts"),
    sa.Column("provider", sa.String(32), nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("address", sa.String(255), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("owner", sa.String(8), nullable=False, server_default="bot"),  # survey, bot, human
    sa.Column("agent", sa.String(120)),  # who, while a person owns it
    sa.Column("response_id", sa.BigInteger().with_variant(sa.Integer, "sqlite")),  # the open response
    sa.Column("tracker", sa.Text),  # Rasa's bounded snapshot: disposable
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("last_inbound_at", sa.String(32)),
    sa.Column("call", sa.String(64)),  # the provider's id of the call that is going on
    sa.Column("pending", sa.Text),  # JSON: what was asked below an FAQ's answer, until the customer's next message
    # JSON: the hand-over that nobody has taken yet, until the customer was told once more (`waiting_word.py`)
    sa.Column("handed_over", sa.Text),
    # Grows with every change of owner, agent, response or consent: a turn that was thought out before is not written
    sa.Column("version", sa.Integer, nullable=False, server_default="0"),
    sa.Column("language_chosen", sa.Boolean, nullable=False, server_default=sa.false()),  # by the customer
    # The language that was offered to a customer who wrote in it, until their next message; "-": one was, earlier.
    sa.Column("language_offer", sa.String(8)),
    sa.Column("guesses", sa.Text),  # JSON: what "did you mean" offered, until the customer's next message
    sa.UniqueConstraint("channel", "address"),
    sa.Index("ix_conversations_contact_id", "contact_id"),
)

inbox = sa.Table(
    "inbox",
    metadata,
    row_id(),
    refers("conversation_id", "conversations"),
    sa.Column("provider", sa.String(32), nullable=False),
    sa.Column("message_id", sa.String(255), nullable=False),
    sa.Column("reference", sa.String(255)),  # how the provider names the message when it is edited later
    sa.Column(
        "kind", sa.String(12), nullable=False, server_default="message"
    ),  # message, call, invite, timeout, expire, resume
    sa.Column("text", sa.Text, nullable=False, server_default=""),  # blank after the data were deleted
    sa.Column("picked", sa.Text),  # JSON
    sa.Column("payload", sa.Text, nullable=False, server_default="{}"),  # JSON
    sa.Column("understood", sa.Text),  # JSON: intent, confidence, reading
    sa.Column("status", sa.String(8), nullable=False, server_default="new"),  # new, done, waiting, parked
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("error", sa.Text),
    sa.Column("waits_for", sa.String(32)),  # why it waits: bot/storage/waiting.py
    sa.Column("received_at", sa.String(32), nullable=False),
    sa.Column("done_at", sa.String(32)),
    sa.Column("held_until", sa.String(32)),  # the customer may go on: it is not answered before
    # The message with which it was read together. No foreign key: it only says where an edit finds the answer.
    sa.Column("joined_to", sa.BigInteger().with_variant(sa.Integer, "sqlite")),
    sa.UniqueConstraint("provider", "message_id"),
    sa.Index("ix_inbox_status_conversation_id", "status", "conversation_id"),
    sa.Index("ix_inbox_conversation_id_reference", "conversation_id", "reference"),
    sa.Index("ix_inbox_provider_received_at", "provider", "received_at"),  # a channel's last message
    sqlite_autoincrement=True,  # a deleted row's id is never given again: it is the key that a provider knows
)

outbox = sa.Table(
    "outbox",
    metadata,
    row_id(),
    refers("conversation_id", "conversations"),
    refers("inbox_id", "inbox", nullable=True),
    sa.Column("position", sa.Integer, nullable=False, server_default="0"),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("sender", sa.String(120), nullable=False, server_default="bot"),
    sa.Column("payload", sa.Text, nullable=False),  # JSON of channels.contract.Outbound
    # queued, sending, sent, delivered, read, failed, unknown, withheld
    sa.Column("status", sa.String(12), nullable=False, server_default="queued"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_attempt_at", sa.String(32), nullable=False),
    sa.Column("sending_until", sa.String(32)),  # its sender has died when it is still "sending" after that
    sa.Column("awaited", sa.Boolean, nullable=False, server_default=sa.false()),  # somebody waits: before campaigns
    sa.Column("again_at", sa.String(32)),  # sent once more, because nobody knew: the customer may have it twice
    sa.Column("provider_message_id", sa.String(255)),
    sa.Column("error", sa.Text),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("sent_at", sa.String(32)),
    sa.UniqueConstraint("inbox_id", "position"),
    sa.Index("ix_outbox_status_next_attempt_at", "status", "next_attempt_at"),
    sa.Index(
        "ix_outbox_awaited",
        "status",
        "awaited",
        "next_attempt_at",
        postgresql_where=sa.text("status = 'queued' AND awaited = true"),
        sqlite_where=sa.text("status = 'queued' AND awaited = true"),
    ),
    sa.Index(
        "ix_outbox_tried",
        "status",
        "attempts",
        postgresql_where=sa.text("status = 'queued' AND attempts > 0"),
        sqlite_where=sa.text("status = 'queued' AND attempts > 0"),
    ),
    sa.Index("ix_outbox_conversation_id", "conversation_id"),
    sa.Index("ix_outbox_conversation_id_status", "conversation_id", "status"),  # what holds a letter back
    sa.Index("ix_outbox_provider_message_id", "provider_message_id"),
    sqlite_autoincrement=True,  # a deleted row's id is never given again: it is the key that a provider knows
)
