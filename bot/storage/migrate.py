"""Bringing a database to the schema of this version. Works from any folder: Alembic's files travel in this package."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from bot.errors import ConductorError
from bot.storage.engine import create_engine
from bot.storage.tables import schema_floor

FOLDER = Path(__file__).parent / "migrations"
LOCK = 0x5EC0
"""Number of PostgreSQL's advisory lock: any constant will do, as long as all our processes name the same."""

T = TypeVar("T")


@dataclass(frozen=True)
class Status:
    """Where a database stands. `current` is its revision (None: empty), `pending` what `migrate` would apply, oldest
    first. `unknown`: the database was made by a newer version of Survey Conductor than this one; `fits`: which has only
    added to it, so that this one can work there, as it does while versions are rolled.
    """

    current: str | None
    pending: tuple[str, ...]
    unknown: bool = False
    fits: bool = True


def migrate(url: str) -> list[str]:
    """Apply what is missing, all or nothing; returns the applied revisions, oldest first (empty: nothing to do).

    Safe to call twice, and by several processes at once: one works, the others wait and then find nothing to do.
    Inside a running event loop call it by `asyncio.to_thread`. Raises ConductorError when the database can't be
    reached, or a newer version has taken away what this one needs.
    """
    return asyncio.run(_with_connection(url, _upgrade))


def status(url: str) -> Status:
    """Where the database stands; changes nothing but for creating an empty SQLite file. Raises like `migrate`."""
    return asyncio.run(_with_connection(url, _status))


def try_writing(url: str) -> None:
    """Write something and take it back. Raises ConductorError when the database can't be written to."""
    asyncio.run(_with_connection(url, _write_and_take_back))


def _write_and_take_back(connection: Any) -> None:
    with connection.begin_nested() as savepoint:
        connection.execute(sa.text("CREATE TABLE conductor_doctor (id INTEGER)"))
        savepoint.rollback()


async def _with_connection(url: str, work: Callable[[Any], T]) -> T:
    engine = None
    try:
        engine = create_engine(url, references=False)
        async with engine.begin() as connection:
            result: T = await connection.run_sync(work)
            return result
    except (OSError, DBAPIError, asyncpg.PostgresError) as error:  # asyncpg's own: it refused while connecting
        raise _unreachable(url, error) from error
    finally:
        if engine is not None:
            await engine.dispose()


def _unreachable(url: str, error: Exception) -> ConductorError:
    cause = getattr(error, "orig", None) or error
    where = sa.engine.make_url(url)
    mend = "Check DATABASE_URL, and that the server runs (PostgreSQL) or the folder can be written to (SQLite)."
    if isinstance(cause, asyncpg.InvalidCatalogNameError):
        mend = f"Make it (createdb {where.database}), or correct the name at the end of DATABASE_URL."
    elif isinstance(cause, (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InsufficientPrivilegeError)):
        mend = "Correct the user or the password in DATABASE_URL, or give that user rights on the database."
    elif isinstance(cause, OSError) and where.host:
        mend = f"Start PostgreSQL on {where.host}:{where.port or 5432}, or correct host and port in DATABASE_URL."
    said = str(cause).rstrip(".") or type(cause).__name__
    return ConductorError(f"The database {where.render_as_string(hide_password=True)} can't be used: {said}.", mend)


def _upgrade(connection: Any) -> list[str]:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    # SQLite needs no lock of ours: the engine begins its transaction with BEGIN IMMEDIATE.
    before = _status(connection)
    if before.unknown and not before.fits:
        raise ConductorError(
            f"The database is at revision {before.current}, which this version of Survey Conductor does not know.",
            "A newer version made it: install that version, or use another database.",
        )
    if before.pending:
        command.upgrade(_config(connection), "head")
        _must_hold_together(connection)
    return list(before.pending)


def _must_hold_together(connection: Any) -> None:
    """Every row still refers to one that is there. SQLite did not look while tables were copied."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise RuntimeError(f"After the migration a row of {broken[0]} refers to a row of {broken[2]} that is gone.")


def _status(connection: Any) -> Status:
    known = [script.revision for script in ScriptDirectory.from_config(_config(connection)).walk_revisions()][::-1]
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in known:
        return Status(current, (), unknown=True, fits=_fits(connection, known))
    return Status(current, tuple(known[known.index(current) + 1 :] if current else known))


def _fits(connection: Any, known: Sequence[str]) -> bool:
    """Whether nothing that this code needs was taken away by migrations that it does not know."""
    if not sa.inspect(connection).has_table(schema_floor.name):
        return False
    floor = connection.execute(sa.select(schema_floor.c.revision)).scalars()
    return all(revision in known for revision in floor)


def _config(connection: Any) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
