"""A disk that tests fill: SQLite's and PostgreSQL's."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import Any, Protocol

import pytest

from bot.storage import engine
from bot.storage.engine import Database
from bot.storage.tables import metadata
from tests.backends import Backend


class Disk(Protocol):
    async def becomes(self, database: Database, full: bool) -> None: ...


class SqliteDisk:
    """SQLite's own limit stands for it: the file may not grow beyond the pages that it has."""

    full = False

    def __init__(self, backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
        self._file = backend.database_url.partition("///")[2]
        prepare = engine._prepare_sqlite

        def prepared(connection: Any, record: object) -> None:
            prepare(connection, record)
            if self.full:
                cursor = connection.cursor()
                cursor.execute("PRAGMA max_page_count = 1")
                cursor.close()

        monkeypatch.setattr(engine, "_prepare_sqlite", prepared)
        monkeypatch.setattr(engine, "_prepare_sqlite_directly", lambda connection: prepared(connection, None))

    async def becomes(self, database: Database, full: bool) -> None:
        self.full = full
        if full:
            self._take_free_pages()
        await database.close()  # each connection has its own limit

    def _take_free_pages(self) -> None:
        """Migrations left some in the file."""
        connection = sqlite3.connect(self._file, isolation_level=None)
        connection.execute("CREATE TABLE rubbish (bytes)")
        connection.execute("PRAGMA max_page_count = 1")
        with suppress(sqlite3.OperationalError):
            while True:
                connection.execute("INSERT INTO rubbish VALUES (zeroblob(3000))")
        connection.close()


class PostgresDisk:
    """Each table refuses what would make it larger, with PostgreSQL's own error (53100). Reading and deleting go on,
    and a row's lock is still to be had."""

    REFUSING = """CREATE FUNCTION refuses() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION
        'could not extend file "base/1/2": No space left on device' USING ERRCODE = 'disk_full'; END $$"""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        backend.execute(self.REFUSING)

    async def becomes(self, database: Database, full: bool) -> None:
        for table in metadata.tables:
            begin = f"CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON {table} EXECUTE FUNCTION refuses()"
            self._backend.execute(begin if full else f"DROP TRIGGER full_disk ON {table}")
