"""A message keeps how its provider names it, so that an edit finds it, and the answer that it gave."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inbox", sa.Column("reference", sa.String(255), nullable=True))
    op.drop_index("ix_inbox_conversation_id", "inbox")
    op.create_index("ix_inbox_conversation_id_reference", "inbox", ["conversation_id", "reference"])
    op.create_index("ix_answers_inbox_id", "answers", ["inbox_id"])
