"""Which letter answered a case first, where an anonymous customer wants an answer, why a row of the inbox waits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("cases", sa.Column("first_response_id", ID, nullable=True))
    op.add_column("cases", sa.Column("reply_to", sa.String(254), nullable=True))
    op.add_column("inbox", sa.Column("waits_for", sa.String(32), nullable=True))
    op.create_index("ix_cases_first_response_id", "cases", ["first_response_id"])


def downgrade() -> None:
    op.drop_index("ix_cases_first_response_id", "cases")
    for table, column in (("inbox", "waits_for"), ("cases", "reply_to"), ("cases", "first_response_id")):
        with op.batch_alter_table(table) as changed:
            changed.drop_column(column)
