"""A hand-over that nobody has taken yet, so that a customer who goes on writing is told once that it is seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversations", sa.Column("handed_over", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("conversations", "handed_over")
