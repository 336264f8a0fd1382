"""Letters that somebody waits for, which go before a campaign's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_WAITING = "status = 'queued' AND awaited = true"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("awaited", sa.Boolean, nullable=False, server_default=sa.false()))
    only = {f"{dialect}_where": sa.text(_WAITING) for dialect in ("postgresql", "sqlite")}
    op.create_index("ix_outbox_awaited", "outbox", ["status", "awaited", "next_attempt_at"], **only)


def downgrade() -> None:
    op.drop_index("ix_outbox_awaited", "outbox")
    op.drop_column("outbox", "awaited")
