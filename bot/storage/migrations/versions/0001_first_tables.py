"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only when the key is an INTEGER.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _create_contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("language", sa.String(8), nullable=True),
        sa.Column("attributes", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("opted_out_at", sa.String(32), nullable=True),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )


def _create_quota_counts() -> None:
    op.create_table(
        "quota_counts",
        sa.Column("survey_key", sa.String(64), nullable=False),
        sa.Column("quota", sa.String(64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("survey_key", "quota", name=op.f("pk_quota_counts")),
    )


def _create_surveys() -> None:
    op.create_table(
        "surveys",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("parts", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("published_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surveys")),
        sa.UniqueConstraint("key", "fingerprint", name=op.f("uq_surveys_key_fingerprint")),
    )
    op.create_index("ix_surveys_fingerprint", "surveys", ["fingerprint"])


def _create_conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column(
            "contact_id",
            ID,
            sa.ForeignKey("contacts.id", name=op.f("fk_conversations_contact_id_contacts")),
            nullable=False,
        ),
        sa.Column("provider", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("address", sa.String(255), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("owner", sa.String(8), nullable=False, server_default="bot"),
        sa.Column("agent", sa.String(120), nullable=True),
        sa.Column("response_id", ID, nullable=True),
        sa.Column("tracker", sa.Text(), nullable=True),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("last_inbound_at", sa.String(32), nullable=True),
        sa.Column("call", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("channel", "address", name=op.f("uq_conversations_channel_address")),
    )
    op.create_index("ix_conversations_contact_id", "conversations", ["contact_id"])


def _create_inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column(
            "conversation_id",
            ID,
            sa.ForeignKey("conversations.id", name=op.f("fk_inbox_conversation_id_conversations")),
            nullable=False,
        ),
        sa.Column("provider", sa.String(32), nullable=False),
        sa.Column("message_id", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False, server_default="message"),
        sa.Column("text", sa.Text(), nullable=False, server_default=""),
        sa.Column("picked", sa.Text(), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("understood", sa.Text(), nullable=True),
        sa.Column("status", sa.String(8), nullable=False, server_default="new"),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("received_at", sa.String(32), nullable=False),
        sa.Column("done_at", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("provider", "message_id", name=op.f("uq_inbox_provider_message_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inbox_conversation_id", "inbox", ["conversation_id"])
    op.create_index("ix_inbox_status_conversation_id", "inbox", ["status", "conversation_id"])


def _create_invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column(
            "contact_id",
            ID,
            sa.ForeignKey("contacts.id", name=op.f("fk_invitations_contact_id_contacts")),
            nullable=False,
        ),
        sa.Column(
            "conversation_id",
            ID,
            sa.ForeignKey("conversations.id", name=op.f("fk_invitations_conversation_id_conversations")),
            nullable=False,
        ),
        sa.Column("survey_key", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("sent_at", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
    )
    op.create_index("ix_invitations_contact_id_created_at", "invitations", ["contact_id", "created_at"])
    op.create_index("ix_invitations_survey_key_sent_at", "invitations", ["survey_key", "sent_at"])


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column(
            "conversation_id",
            ID,
            sa.ForeignKey("conversations.id", name=op.f("fk_outbox_conversation_id_conversations")),
            nullable=False,
        ),
        sa.Column("inbox_id", ID, sa.ForeignKey("inbox.id", name=op.f("fk_outbox_inbox_id_inbox")), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("sender", sa.String(120), nullable=False, server_default="bot"),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("status", sa.String(12), nullable=False, server_default="queued"),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("next_attempt_at", sa.String(32), nullable=False),
        sa.Column("provider_message_id", sa.String(255), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("sent_at", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("inbox_id", "position", name=op.f("uq_outbox_inbox_id_position")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_conversation_id", "outbox", ["conversation_id"])
    op.create_index("ix_outbox_conversation_id_status", "outbox", ["conversation_id", "status"])
    op.create_index("ix_outbox_provider_message_id", "outbox", ["provider_message_id"])
    op.create_index("ix_outbox_status_next_attempt_at", "outbox", ["status", "next_attempt_at"])


def _create_responses() -> None:
    op.create_table(
        "responses",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column(
            "conversation_id",
            ID,
            sa.ForeignKey("conversations.id", name=op.f("fk_responses_conversation_id_conversations")),
            nullable=True,
        ),
        sa.Column(
            "contact_id", ID, sa.ForeignKey("contacts.id", name=op.f("fk_responses_contact_id_contacts")), nullable=True
        ),
        sa.Column(
            "invitation_id",
            ID,
            sa.ForeignKey("invitations.id", name=op.f("fk_responses_invitation_id_invitations")),
            nullable=True,
        ),
        sa.Column("survey_key", sa.String(64), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("touchpoint", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("started_at", sa.String(32), nullable=False),
        sa.Column("ended_at", sa.String(32), nullable=True),
        sa.Column("expires_at", sa.String(32), nullable=False),
        sa.Column("timeout_at", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responses")),
    )
    op.create_index("ix_responses_contact_id_survey_key", "responses", ["contact_id", "survey_key"])
    op.create_index("ix_responses_contact_id_status", "responses", ["contact_id", "status"])
    op.create_index("ix_responses_conversation_id", "responses", ["conversation_id"])
    op.create_index("ix_responses_status_expires_at", "responses", ["status", "expires_at"])
    op.create_index("ix_responses_status_timeout_at", "responses", ["status", "timeout_at"])
    op.create_index("ix_responses_survey_key_started_at", "responses", ["survey_key", "started_at"])


def _create_answers() -> None:
    op.create_table(
        "answers",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column(
            "response_id",
            ID,
            sa.ForeignKey("responses.id", name=op.f("fk_answers_response_id_responses")),
            nullable=False,
        ),
        sa.Column("node", sa.String(200), nullable=False),
        sa.Column("question", sa.String(64), nullable=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("raw", sa.Text(), nullable=False, server_default=""),
        sa.Column("metric", sa.String(8), nullable=False, server_default=""),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("band", sa.String(12), nullable=False, server_default=""),
        sa.Column("skipped", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("state", sa.String(12), nullable=False, server_default="current"),
        sa.Column("answered_at", sa.String(32), nullable=False),
        sa.Column("inbox_id", ID, sa.ForeignKey("inbox.id", name=op.f("fk_answers_inbox_id_inbox")), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
        sa.UniqueConstraint("response_id", "node", "inbox_id", name=op.f("uq_answers_response_id_node_inbox_id")),
    )
    op.create_index("ix_answers_metric_answered_at", "answers", ["metric", "answered_at"])
    op.create_index("ix_answers_response_id_state", "answers", ["response_id", "state"])


def _create_cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column(
            "contact_id", ID, sa.ForeignKey("contacts.id", name=op.f("fk_cases_contact_id_contacts")), nullable=True
        ),
        sa.Column(
            "conversation_id",
            ID,
            sa.ForeignKey("conversations.id", name=op.f("fk_cases_conversation_id_conversations")),
            nullable=True,
        ),
        sa.Column(
            "response_id", ID, sa.ForeignKey("responses.id", name=op.f("fk_cases_response_id_responses")), nullable=True
        ),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("survey_key", sa.String(64), nullable=True),
        sa.Column("touchpoint", sa.String(64), nullable=False, server_default=""),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("metric", sa.String(8), nullable=False, server_default=""),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("band", sa.String(12), nullable=False, server_default=""),
        sa.Column("verbatim", sa.Text(), nullable=False, server_default=""),
        sa.Column("transcript", sa.Text(), nullable=False, server_default="[]"),
        sa.Column("team", sa.String(64), nullable=False),
        sa.Column("agent", sa.String(120), nullable=True),
        sa.Column("priority", sa.String(8), nullable=False),
        sa.Column("status", sa.String(24), nullable=False, server_default="new"),
        sa.Column("opened_at", sa.String(32), nullable=False),
        sa.Column("due_at", sa.String(32), nullable=False),
        sa.Column("resolved_at", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
    )
    op.create_index("ix_cases_contact_id_touchpoint", "cases", ["contact_id", "touchpoint"])
    op.create_index("ix_cases_conversation_id", "cases", ["conversation_id"])
    op.create_index("ix_cases_status_due_at", "cases", ["status", "due_at"])


def _create_case_events() -> None:
    op.create_table(
        "case_events",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("case_id", ID, sa.ForeignKey("cases.id", name=op.f("fk_case_events_case_id_cases")), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("data", sa.Text(), nullable=False, server_default="{}"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_events")),
    )
    op.create_index("ix_case_events_case_id", "case_events", ["case_id"])


def upgrade() -> None:
    _create_contacts()
    _create_quota_counts()
    _create_surveys()
    _create_conversations()
    _create_inbox()
    _create_invitations()
    _create_outbox()
    _create_responses()
    _create_answers()
    _create_cases()
    _create_case_events()


def downgrade() -> None:
    for table in (
        "case_events",
        "cases",
        "answers",
        "responses",
        "outbox",
        "invitations",
        "inbox",
        "conversations",
        "surveys",
        "quota_counts",
        "contacts",
    ):
        op.drop_table(table)
