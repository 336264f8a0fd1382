"""An index of the letters that were tried and wait to be tried again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_TRIED = "status = 'queued' AND attempts > 0"


def upgrade() -> None:
    only = {f"{dialect}_where": sa.text(_TRIED) for dialect in ("postgresql", "sqlite")}
    op.create_index("ix_outbox_tried", "outbox", ["status", "attempts"], **only)


def downgrade() -> None:
    op.drop_index("ix_outbox_tried", "outbox")
