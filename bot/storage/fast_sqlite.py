"""SQLite's driver under `fast.py`: the same connection as the engine's (`sqlite_driver.py`), asked directly."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from bot.storage.fast import Result
from bot.storage.prepared import Plan
from bot.storage.sqlite_driver import Connection


class SqliteConnection:
    """One connection. Statements run here and now; what waits for the disk or another process runs in a thread."""

    def __init__(self, connection: Connection, dialect: Any) -> None:
        self._connection = connection
        self._raw: sqlite3.Connection = connection._raw()
        self._dialect = dialect
        self._closed = False

    @property
    def usable(self) -> bool:
        return not self._closed

    async def run(self, plan: Plan, text: str, values: Sequence[Any]) -> Result:
        try:
            cursor = self._raw.execute(text, values)
            rows: Sequence[Any] = cursor.fetchall() if plan.returns_rows else ()
        except sqlite3.Error as error:
            raise self._as_sqlalchemys(text, error) from error
        if plan.makes_id:
            return Result(None, (), 1, cursor.lastrowid)
        if plan.processors:
            rows = [
                tuple(value if make is None else make(value) for value, make in zip(row, plan.processors, strict=True))
                for row in rows
            ]
        return Result(plan.columns, rows, cursor.rowcount if not plan.returns_rows else len(rows))

    async def run_many(self, text: str, rows: Sequence[Sequence[Any]]) -> None:
        try:
            self._raw.executemany(text, rows)
        except sqlite3.Error as error:
            raise self._as_sqlalchemys(text, error) from error

    async def begin(self) -> None:
        """The write lock is taken at once: a read that becomes a write would fail when somebody wrote meanwhile."""
        try:
            await self._connection.begin(lambda: self._raw.execute("BEGIN IMMEDIATE"))
        except sqlite3.Error as error:
            raise self._as_sqlalchemys("BEGIN IMMEDIATE", error) from error

    async def commit(self) -> None:
        try:
            await self._connection.commit()
        except sqlite3.Error as error:
            raise self._as_sqlalchemys("COMMIT", error) from error

    async def rollback(self) -> None:
        try:
            await self._connection.rollback()
        except sqlite3.Error as error:
            raise self._as_sqlalchemys("ROLLBACK", error) from error

    async def close(self) -> None:
        self._closed = True
        await self._connection.close()

    def _as_sqlalchemys(self, text: str, error: sqlite3.Error) -> Exception:
        made: Exception = sa.exc.DBAPIError.instance(
            text, None, error, sqlite3.Error, hide_parameters=True, dialect=self._dialect
        )
        return made


def connecting(
    url: str, dialect: Any, busy_timeout_ms: int, prepare: Callable[[Any], None]
) -> Callable[[], Awaitable[SqliteConnection]]:
    """A way to open a connection to `url`. `prepare` sets its pragmas."""
    file = make_url(url).database

    async def connect() -> SqliteConnection:
        connection = await Connection(str(file), busy_timeout_ms, check_same_thread=False)
        prepare(connection.raw)
        return SqliteConnection(connection, dialect)

    return connect
