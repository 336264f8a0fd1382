"""Migrations make exactly the tables of `tables.py`, once, whoever calls them, from wherever."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.errors import ConductorError
from bot.storage import migrations
from bot.storage.engine import Database, create_engine
from bot.storage.migrate import _config, migrate, status
from bot.storage.tables import metadata

_FOLDER = str(Path(migrations.__file__).parent)
REVISIONS = [script.revision for script in ScriptDirectory(_FOLDER).walk_revisions()][::-1]
"""All of them, the oldest first."""
HEAD = REVISIONS[-1]
OLD_ROWS = (
    "INSERT INTO contacts (id, name, created_at) VALUES (1, 'Ada', 't')",
    "INSERT INTO conversations (id, contact_id, provider, channel, address, language, created_at)"
    " VALUES (1, 1, 'web', 'sms', '+49301234567', 'en', 't')",
    "INSERT INTO responses (id, conversation_id, contact_id, survey_key, fingerprint, touchpoint, channel, language,"
    " status, session, started_at, expires_at) VALUES (1, 1, 1, 'delivery_nps', 'f', 'd', 'sms', 'en', 'active', '{}',"
    " 't', 't')",
    "INSERT INTO inbox (id, conversation_id, provider, message_id, text, received_at)"
    " VALUES (1, 1, 'web', 'm1', 'hello', 't')",
    "INSERT INTO cases (id, contact_id, conversation_id, response_id, channel, reason, team, priority, opened_at,"
    " due_at)"
    " VALUES (1, 1, 1, 1, 'sms', 'score', 'care', 'high', 't', 't')",
)
KEPT = (
    "SELECT contacts.name, conversations.address, responses.survey_key, inbox.text, cases.team FROM cases"
    " JOIN contacts ON contacts.id = cases.contact_id JOIN conversations ON conversations.id = cases.conversation_id"
    " JOIN responses ON responses.id = cases.response_id JOIN inbox ON inbox.conversation_id = conversations.id"
)
MIGRATE = "import sys; from bot.storage.migrate import migrate; print(len(migrate(sys.argv[1])))"


async def differences(url: str) -> list[Any]:
    def compare(connection: Any) -> list[Any]:
        # Alembic takes SQLite's '' for a difference from "": the defaults are compared on PostgreSQL.
        options: dict[str, Any] = {
            "compare_type": True,
            "compare_server_default": connection.dialect.name == "postgresql",
        }  # SQLite's own table behind AUTOINCREMENT is nobody's.
        options["include_name"] = lambda name, kind, _parents: name != "sqlite_sequence"
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)

    engine = create_engine(url)
    async with engine.begin() as connection:
        found: list[Any] = await connection.run_sync(compare)
    await engine.dispose()
    return found


async def test_the_migrated_schema_is_the_one_in_the_code(url: str) -> None:
    assert await differences(url) == []


def test_the_status_tells_what_is_missing(empty_url: str) -> None:
    assert (status(empty_url).current, status(empty_url).pending) == (None, tuple(REVISIONS))
    migrate(empty_url)
    assert (status(empty_url).current, status(empty_url).pending) == (HEAD, ())


def test_the_second_time_there_is_nothing_to_do(empty_url: str) -> None:
    assert migrate(empty_url) == REVISIONS
    assert migrate(empty_url) == []


def test_of_several_processes_at_once_one_migrates(empty_url: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", MIGRATE, empty_url]
    processes = [
        subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    outcomes = [process.communicate(timeout=60) for process in processes]
    assert sorted(out.strip() for out, _ in outcomes) == ["0", "0", str(len(REVISIONS))], outcomes


def test_a_migration_that_fails_changes_nothing(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic.operations import Operations

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the last index")

    with monkeypatch.context() as patch:
        patch.setattr(Operations, "create_index", broken)
        with pytest.raises(RuntimeError, match="the last index"):
            migrate(empty_url)
    assert status(empty_url).current is None
    assert migrate(empty_url) == REVISIONS


async def test_a_database_that_is_in_use_is_brought_up_to_date(empty_url: str) -> None:
    """Rows that refer to each other go through every migration, also where SQLite copies their tables."""
    engine = create_engine(empty_url)
    async with engine.begin() as connection:
        await connection.run_sync(lambda c: command.upgrade(_config(c), "0001"))
        for statement in OLD_ROWS:
            await connection.execute(sa.text(statement))
    await engine.dispose()
    applied = await asyncio.to_thread(migrate, empty_url)
    assert applied == REVISIONS[1:]
    database = Database(empty_url)
    async with database.read() as connection:
        kept = (await connection.execute(sa.text(KEPT))).all()
    await database.close()
    assert [tuple(row) for row in kept] == [("Ada", "+49301234567", "delivery_nps", "hello", "care")]


async def test_a_database_to_which_a_newer_version_has_added_is_worked_with(database: Database, url: str) -> None:
    """So a version can be rolled back, and its processes can start again while the next one is rolled out."""
    async with database.write() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        await connection.execute(sa.text(f"INSERT INTO schema_floor VALUES ('{HEAD}')"))  # known to this code
    assert await asyncio.to_thread(migrate, url) == []
    found = await asyncio.to_thread(status, url)
    assert (found.unknown, found.fits, found.pending) == (True, True, ())


async def test_a_database_from_which_a_newer_version_took_something_is_left_alone(database: Database, url: str) -> None:
    async with database.write() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        await connection.execute(sa.text("INSERT INTO schema_floor VALUES ('9998')"))
    with pytest.raises(ConductorError, match="9999"):
        await asyncio.to_thread(migrate, url)


@pytest.mark.parametrize(
    "url", ["postgresql+asyncpg://me:secret@127.0.0.1:1/x", "sqlite+aiosqlite:////proc/nowhere/x.db"]
)
def test_a_database_out_of_reach_is_named_without_its_password(url: str) -> None:
    with pytest.raises(ConductorError, match="can't be used") as caught:
        migrate(url)
    assert "secret" not in str(caught.value)
    assert "DATABASE_URL" in str(caught.value)
