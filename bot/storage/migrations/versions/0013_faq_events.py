"""What became of the FAQ's answers, and what was asked below the last one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("conversations", sa.Column("pending", sa.Text(), nullable=True))
    op.create_table(
        "faq_events",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("entry", sa.String(64), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_faq_events_conversation_id_conversations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_events")),
    )
    op.create_index("ix_faq_events_conversation_id_at", "faq_events", ["conversation_id", "at"])
    op.create_index("ix_faq_events_kind_at", "faq_events", ["kind", "at"])


def downgrade() -> None:
    op.drop_table("faq_events")
    op.drop_column("conversations", "pending")
