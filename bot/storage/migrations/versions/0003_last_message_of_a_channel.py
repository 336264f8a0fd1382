"""An index for a channel's last message: `conductor channels` asks for it."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_inbox_provider_received_at", "inbox", ["provider", "received_at"])


def downgrade() -> None:
    op.drop_index("ix_inbox_provider_received_at", "inbox")
