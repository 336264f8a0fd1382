"""What is learned from what customers write: the FAQ's events, themes and sentiment."""

from __future__ import annotations

import sqlalchemy as sa

from bot.storage.tables.columns import metadata, refers, row_id

faq_events = sa.Table(
    "faq_events",
    metadata,
    row_id(),
    refers("conversation_id", "conversations"),
    sa.Column("kind", sa.String(16), nullable=False),  # answered, offered, asked, helped, not_helped, handed_over, gap
    sa.Column("entry", sa.String(64), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("confidence", sa.Float),
    sa.Column("text", sa.Text, nullable=False, server_default=""),  # only of a gap; blanked with the contact's data
    sa.Column("at", sa.String(32), nullable=False),
    sa.Index("ix_faq_events_conversation_id_at", "conversation_id", "at"),
    sa.Index("ix_faq_events_kind_at", "kind", "at"),
)

label_models = sa.Table(
    "label_models",
    metadata,
    row_id(),
    sa.Column("kind", sa.String(12), nullable=False),  # theme, sentiment
    sa.Column("version", sa.String(16), nullable=False),
    sa.Column("inputs", sa.Text, nullable=False),  # JSON: what it was trained on, in figures
    sa.Column("facts", sa.Text, nullable=False),  # JSON: how good it is
    sa.Column("weights", sa.LargeBinary),  # of the newest only: earlier ones may know what must be forgotten
    sa.Column("at", sa.String(32), nullable=False),
    sa.Index("ix_label_models_kind", "kind"),
)

answer_labels = sa.Table(
    "answer_labels",
    metadata,
    row_id(),
    refers("answer_id", "answers"),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("label", sa.String(64), nullable=False),  # "unclassified" where nothing is sure
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("version", sa.String(16), nullable=False),
    sa.Column("at", sa.String(10), nullable=False),  # the day: a moment could lead to who answered anonymously
    sa.UniqueConstraint("answer_id", "kind", "label"),
    sa.Index("ix_answer_labels_kind_version", "kind", "version"),
)

label_corrections = sa.Table(
    "label_corrections",
    metadata,
    row_id(),
    refers("answer_id", "answers"),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("labels", sa.Text, nullable=False),  # JSON: what a person says it is about; [] for nothing of it
    sa.Column("at", sa.String(10), nullable=False),
    sa.UniqueConstraint("answer_id", "kind"),
)
