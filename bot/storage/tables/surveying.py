"""Published surveys, what customers answered, and what is counted for quotas."""

from __future__ import annotations

import sqlalchemy as sa

from bot.storage.tables.columns import metadata, refers, row_id

surveys = sa.Table(
    "surveys",
    metadata,
    row_id(),
    sa.Column("key", sa.String(64), nullable=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("source", sa.Text, nullable=False),  # the YAML, sub-surveys beside it
    sa.Column("parts", sa.Text, nullable=False, server_default="{}"),  # sub-survey key → YAML as it was
    sa.Column("live", sa.Boolean, nullable=False),
    sa.Column("published_at", sa.String(32), nullable=False),
    sa.UniqueConstraint("key", "fingerprint"),
    sa.Index("ix_surveys_fingerprint", "fingerprint"),
)

responses = sa.Table(
    "responses",
    metadata,
    row_id(),
    # An anonymous survey's response has no contact, and when it is over no conversation either.
    refers("conversation_id", "conversations", nullable=True),
    refers("contact_id", "contacts", nullable=True),
    refers("invitation_id", "invitations", nullable=True),
    sa.Column("survey_key", sa.String(64), nullable=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("touchpoint", sa.String(64), nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("session", sa.Text, nullable=False),
    sa.Column("started_at", sa.String(32), nullable=False),
    sa.Column("ended_at", sa.String(32)),
    sa.Column("expires_at", sa.String(32), nullable=False),
    sa.Column("timeout_at", sa.String(32)),  # when the open question's time runs out
    sa.Index("ix_responses_conversation_id", "conversation_id"),
    sa.Index("ix_responses_contact_id_survey_key", "contact_id", "survey_key"),
    sa.Index("ix_responses_contact_id_status", "contact_id", "status"),  # a contact's history, asked at each start
    sa.Index("ix_responses_survey_key_started_at", "survey_key", "started_at"),
    sa.Index("ix_responses_status_expires_at", "status", "expires_at"),
    sa.Index("ix_responses_status_timeout_at", "status", "timeout_at"),
)

answers = sa.Table(
    "answers",
    metadata,
    row_id(),
    refers("response_id", "responses"),
    sa.Column("node", sa.String(200), nullable=False),
    sa.Column("question", sa.String(64), nullable=False),
    sa.Column("type", sa.String(16), nullable=False),
    sa.Column("value", sa.Text),  # JSON
    sa.Column("raw", sa.Text, nullable=False, server_default=""),
    sa.Column("comment", sa.Text, nullable=False, server_default=""),  # a remark beside the value
    sa.Column("metric", sa.String(8), nullable=False, server_default=""),
    sa.Column("score", sa.Float),
    sa.Column("band", sa.String(12), nullable=False, server_default=""),
    sa.Column("skipped", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("state", sa.String(12), nullable=False, server_default="current"),  # current, superseded, withdrawn
    sa.Column("answered_at", sa.String(32), nullable=False),
    refers("inbox_id", "inbox", nullable=True),
    sa.UniqueConstraint("response_id", "node", "inbox_id"),  # one message answers one question once
    sa.Index("ix_answers_response_id_state", "response_id", "state"),
    sa.Index("ix_answers_metric_answered_at", "metric", "answered_at"),
    sa.Index("ix_answers_inbox_id", "inbox_id"),  # which answers came of a message that is edited now
)

quota_counts = sa.Table(
    "quota_counts",
    metadata,
    sa.Column("survey_key", sa.String(64), primary_key=True),
    sa.Column("quota", sa.String(64), primary_key=True),
    sa.Column("count", sa.Integer, nullable=False, server_default="0"),
)
