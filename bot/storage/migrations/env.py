"""Run by Alembic. The connection is always handed in (`bot/storage/migrate.py`), already inside its transaction, so
that a migration is done wholly or not at all, also on SQLite."""

from __future__ import annotations

from alembic import context

from bot.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,  # SQLite can't alter most things: Alembic then copies the table
)
context.run_migrations()
