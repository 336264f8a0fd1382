"""Whether the database answers, and whether its schema is the one that this code needs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa
from alembic.script import ScriptDirectory

from bot.storage.engine import Database
from bot.telemetry.away import DATABASE

FOLDER = Path(__file__).parent / "migrations"

PATIENCE_SECONDS = 2.0
"""A database that takes longer to say one word is as good as gone for whoever asks about health."""


@dataclass(frozen=True)
class DatabaseHealth:
    """`pending`: this code needs migrations that were not applied. A schema that is newer than this code is none of its
    worries: migrations come in steps with which the version before still works (docs/how-to/operate.md)."""

    reachable: bool
    pending: bool = False


async def look(database: Database) -> DatabaseHealth:
    """Ask, for two seconds at the most."""
    try:
        revision = await asyncio.wait_for(_revision(database), PATIENCE_SECONDS)
    except Exception as error:
        DATABASE.fails(error)
        return DatabaseHealth(False)
    known = revisions()
    return DatabaseHealth(True, revision is None or (revision in known and revision != known[-1]))


async def places(database: Database) -> int | None:
    """How many connections PostgreSQL has for all its users together. None: it did not answer, or is another."""
    if database.sqlite:
        return None
    asked = "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
    try:
        async with database.read() as connection:
            return int((await connection.execute(sa.text(asked.replace("::", "\\:\\:")))).scalar() or 0)
    except Exception as error:
        DATABASE.fails(error)
        return None


async def _revision(database: Database) -> str | None:
    async with database.read() as connection:
        found = (await connection.execute(sa.text("SELECT version_num FROM alembic_version"))).scalar()
    return str(found) if found else None


@lru_cache(maxsize=1)
def revisions() -> tuple[str, ...]:
    """All that this code knows, the oldest first."""
    return tuple(script.revision for script in ScriptDirectory(str(FOLDER)).walk_revisions())[::-1]
