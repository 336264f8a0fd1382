"""Many processes: the fence of a conversation, and the lease of a letter that is being sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversations", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("sending_until", sa.String(32), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("outbox") as batch:
        batch.drop_column("sending_until")
    with op.batch_alter_table("conversations") as batch:
        batch.drop_column("version")
