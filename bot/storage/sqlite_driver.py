"""SQLite for SQLAlchemy's asyncio, without a thread for each connection and a hop for each step.

The usual driver (aiosqlite) sends the opening of a cursor, its execution, its rows and its end to the connection's own
thread, one after the other: four hops a statement, some 300 a turn of a conversation, and with 20 callers on one core
they took most of the time (docs/adr/0010). A statement of ours is answered from the page cache within microseconds, so
it runs here and now. What may take longer runs in a thread: opening, BEGIN where another process is writing, COMMIT
(it waits for the disk), and every statement of a connection that is `patient` (reports, exports).

Its threads are a pool's, so an open connection does not keep a process from ending.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any, TypeVar

from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_dbapi

T = TypeVar("T")

THREADS = 16
"""As many connections as a pool of ours may open can wait for the disk or for another process at once."""
LOCKED = "database is locked"
FUNCTIONS: dict[str, Callable[[Any], Any]] = {}
"""SQL functions of one argument that every connection has, by name."""

_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="sqlite")


def _new_threads() -> None:
    """A process that was forked has none of its parent's threads; the pool would wait for them for ever."""
    global _threads
    _threads = ThreadPoolExecutor(THREADS, thread_name_prefix="sqlite")


os.register_at_fork(after_in_child=_new_threads)


class Connection:
    """One connection, as SQLAlchemy's adapter wants it: awaited, it opens. Used by one task at a time; a step that is
    under way in a thread, because its task was cancelled, ends before the next begins."""

    daemon = True
    """SQLAlchemy 1.4 sets this on a driver's connection, which used to be a thread. It means nothing here."""

    def __init__(self, database: str, busy_timeout_ms: int, **options: Any) -> None:
        self._open = lambda: sqlite3.connect(database, isolation_level=None, **options)
        self._busy_timeout_ms = busy_timeout_ms
        self._under_way: asyncio.Future[Any] | None = None
        self.raw: sqlite3.Connection | None = None
        self.patient = False

    def __await__(self) -> Generator[Any, None, Connection]:
        return self._opened().__await__()

    async def _opened(self) -> Connection:
        self.raw = raw = await self.in_thread(self._open)
        for name, function in FUNCTIONS.items():
            raw.create_function(name, 1, function, deterministic=True)
        return self

    async def in_thread(self, step: Callable[[], T]) -> T:
        """Run a step that may take its time."""
        await self.settled()
        self._under_way = asyncio.get_running_loop().run_in_executor(_threads, step)
        done: T = await asyncio.shield(self._under_way)
        return done

    async def settled(self) -> None:
        """Wait for the step of a task that was cancelled."""
        if self._under_way is not None and not self._under_way.done():
            await asyncio.wait([self._under_way])

    @property
    def isolation_level(self) -> None:
        """SQLAlchemy says when a transaction begins (`engine.py`), the driver never."""
        return None

    @isolation_level.setter
    def isolation_level(self, level: str | None) -> None:
        if level is not None:
            raise NotImplementedError("Transactions begin in bot/storage/engine.py only.")

    async def cursor(self) -> Cursor:
        await self.settled()
        return Cursor(self, self._raw().cursor())

    async def begin(self, run: Callable[[], T]) -> T:
        """BEGIN, at once where nobody writes; else a thread waits for them."""
        raw = self._raw()
        raw.execute("PRAGMA busy_timeout=0")
        try:
            return run()
        except sqlite3.OperationalError as error:
            if LOCKED not in str(error):
                raise
        finally:
            raw.execute(f"PRAGMA busy_timeout={self._busy_timeout_ms}")
        return await self.in_thread(run)

    async def commit(self) -> None:
        raw = self._raw()
        await self.settled()
        if raw.in_transaction:
            await self.in_thread(raw.commit)

    async def rollback(self) -> None:
        raw = self._raw()
        await self.settled()
        if raw.in_transaction:
            raw.rollback()

    async def close(self) -> None:
        await self.settled()
        if self.raw is not None:
            self.raw.close()

    async def create_function(self, *arguments: Any, **options: Any) -> None:
        self._raw().create_function(*arguments, **options)

    def _raw(self) -> sqlite3.Connection:
        if self.raw is None:
            raise ValueError("no active connection")  # as SQLAlchemy's adapter expects it
        return self.raw


class Cursor:
    """One statement and its rows."""

    def __init__(self, connection: Connection, raw: sqlite3.Cursor) -> None:
        self._connection, self._raw = connection, raw

    @property
    def description(self) -> Any:
        return self._raw.description

    @property
    def lastrowid(self) -> int | None:
        return self._raw.lastrowid

    @property
    def rowcount(self) -> int:
        return self._raw.rowcount

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        await self._run(statement, lambda: self._raw.execute(statement, parameters))

    async def executemany(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        await self._run(statement, lambda: self._raw.executemany(statement, rows))

    async def _run(self, statement: str, run: Callable[[], Any]) -> None:
        if statement.startswith("BEGIN"):
            await self._connection.begin(run)
        elif self._connection.patient:
            await self._connection.in_thread(run)
        else:
            run()

    async def fetchall(self) -> list[Any]:
        if self._connection.patient:
            return await self._connection.in_thread(self._raw.fetchall)
        return self._raw.fetchall()

    async def fetchone(self) -> Any:
        return self._raw.fetchone()

    async def fetchmany(self, size: int) -> list[Any]:
        return self._raw.fetchmany(size)

    async def close(self) -> None:
        self._raw.close()


def driver(busy_timeout_ms: int) -> Any:
    """The DBAPI module for `create_async_engine("sqlite+aiosqlite://…", module=driver(…))`."""
    module = SimpleNamespace(
        **{
            name: getattr(sqlite3, name)
            for name in (
                "DatabaseError", "Error", "IntegrityError", "NotSupportedError", "OperationalError",
                "ProgrammingError", "sqlite_version", "sqlite_version_info",
            )
        },
        connect=lambda database, **options: Connection(database, busy_timeout_ms, **options),
    )  # fmt: skip
    return AsyncAdapt_aiosqlite_dbapi(module, sqlite3)
