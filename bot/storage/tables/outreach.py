"""Whom we asked, by which approved words, and how a customer's channels are linked."""

from __future__ import annotations

import sqlalchemy as sa

from bot.storage.tables.columns import metadata, refers, row_id

invitations = sa.Table(
    "invitations",
    metadata,
    row_id(),
    refers("contact_id", "contacts"),
    refers("conversation_id", "conversations"),
    sa.Column("survey_key", sa.String(64), nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("status", sa.String(12), nullable=False),  # queued, sent, skipped
    sa.Column("reason", sa.Text),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("sent_at", sa.String(32)),
    sa.Index("ix_invitations_contact_id_created_at", "contact_id", "created_at"),
    sa.Index("ix_invitations_survey_key_sent_at", "survey_key", "sent_at"),
)

templates = sa.Table(
    "templates",
    metadata,
    row_id(),
    sa.Column("survey_key", sa.String(64), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("name", sa.String(512), nullable=False),  # at the provider; other words are another template
    sa.Column("content_sid", sa.String(34), nullable=False),
    sa.Column("category", sa.String(32), nullable=False, server_default=""),
    # unsubmitted, received, pending, approved, rejected, paused, disabled
    sa.Column("status", sa.String(32), nullable=False),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("pipes", sa.Text, nullable=False, server_default="[]"),  # JSON: what stands for {{1}}, {{2}} …
    sa.Column("asks", sa.String(200), nullable=False, server_default=""),  # the question that its buttons answer
    sa.Column("pushed_at", sa.String(32), nullable=False),
    sa.Column("checked_at", sa.String(32), nullable=False),
    sa.UniqueConstraint("name"),
    sa.Index("ix_templates_survey_key_language", "survey_key", "language"),
)

offers = sa.Table(
    "offers",
    metadata,
    row_id(),
    refers("conversation_id", "conversations"),
    refers("invitation_id", "invitations"),
    sa.Column("survey_key", sa.String(64), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("asks", sa.String(200), nullable=False, server_default=""),  # as in templates
    sa.Column("offered_at", sa.String(32), nullable=False),
    sa.UniqueConstraint("conversation_id", "survey_key"),
    sa.Index("ix_offers_invitation_id", "invitation_id"),
)

link_codes = sa.Table(
    "link_codes",
    metadata,
    row_id(),
    sa.Column("digest", sa.String(64), nullable=False),  # SHA-256 of the code; the code itself is kept nowhere
    refers("contact_id", "contacts"),
    sa.Column("survey_key", sa.String(64)),  # starts when the code is brought
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("expires_at", sa.String(32), nullable=False),
    sa.Column("redeemed_at", sa.String(32)),
    refers("conversation_id", "conversations", nullable=True),  # where it was brought
    sa.UniqueConstraint("digest"),
    sa.Index("ix_link_codes_contact_id", "contact_id"),
)

campaigns = sa.Table(
    "campaigns",
    metadata,
    row_id(),
    sa.Column("survey_key", sa.String(64), nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("file", sa.String(255), nullable=False),
    sa.Column("begun_by", sa.String(120), nullable=False, server_default=""),  # "": an earlier version did not ask
    sa.Column("templates", sa.Text),  # JSON: languages in which an approved one may go; NULL: none is needed
    sa.Column("rows", sa.Integer, nullable=False, server_default="0"),
    sa.Column("found", sa.Text, nullable=False, server_default="{}"),  # JSON: what was wrong with rows (Outcome)
    sa.Column("status", sa.String(12), nullable=False),  # reading, stored, done, stopped
    sa.Column("reason", sa.Text),  # why it was stopped
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("touched_at", sa.String(32), nullable=False),  # when a part was planned last; "": nobody has begun
    sa.Column("finished_at", sa.String(32)),
    sa.Index("ix_campaigns_status", "status"),
)

campaign_parts = sa.Table(
    "campaign_parts",
    metadata,
    row_id(),
    refers("campaign_id", "campaigns"),
    sa.Column("status", sa.String(12), nullable=False),  # new, done
    sa.Column("invitees", sa.Text, nullable=False),  # JSON; emptied when the part is planned
    sa.Column("outcome", sa.Text),  # JSON (Outcome)
    sa.Index("ix_campaign_parts_campaign_id_status", "campaign_id", "status"),
)
