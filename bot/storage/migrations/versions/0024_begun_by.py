"""Who began a campaign."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("begun_by", sa.String(120), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("campaigns", "begun_by")
