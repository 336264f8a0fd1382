"""The language that a customer chose, and the one that was offered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    chosen = sa.Column("language_chosen", sa.Boolean(), server_default=sa.false(), nullable=False)
    op.add_column("conversations", chosen)
    op.add_column("conversations", sa.Column("language_offer", sa.String(8), nullable=True))


def downgrade() -> None:
    op.drop_column("conversations", "language_offer")
    op.drop_column("conversations", "language_chosen")
