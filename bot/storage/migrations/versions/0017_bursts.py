"""Messages that wait for what the customer writes next, and those that were read together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("inbox", sa.Column("held_until", sa.String(32), nullable=True))
    op.add_column("inbox", sa.Column("joined_to", ID, nullable=True))


def downgrade() -> None:
    op.drop_column("inbox", "joined_to")
    op.drop_column("inbox", "held_until")
