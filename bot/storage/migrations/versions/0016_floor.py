"""Which older code may still work on this schema: without it a version could not be rolled back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("schema_floor", sa.Column("revision", sa.String(32), primary_key=True))


def downgrade() -> None:
    op.drop_table("schema_floor")
