"""What a customer says beside an answer: "2, the driver threw the parcel over the fence"."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("answers", sa.Column("comment", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("answers", "comment")
