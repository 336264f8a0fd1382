"""When a letter of which nobody knew whether it had arrived was sent once more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("again_at", sa.String(32), nullable=True))


def downgrade() -> None:
    op.drop_column("outbox", "again_at")
