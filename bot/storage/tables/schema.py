"""What code must know to work on this database."""

from __future__ import annotations

import sqlalchemy as sa

from bot.storage.tables.columns import metadata

schema_floor = sa.Table(
    "schema_floor",
    metadata,
    # Of a migration that took something away (contract): code that does not know it can't work here any more.
    sa.Column("revision", sa.String(32), primary_key=True),
)
