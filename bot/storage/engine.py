"""Opening the database, and its two ways in: `read` and `write`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, NullPool

from bot.storage import fast_postgres, fast_sqlite
from bot.storage.fast import Driven, FastConnection, FastPool, Result, Tell
from bot.storage.folding import folded
from bot.storage.keepalive import CONNECT_SECONDS, notice_death
from bot.storage.sqlite_driver import FUNCTIONS, driver

BUSY_TIMEOUT_MS = 30_000

FUNCTIONS["folded"] = folded

FAST_CONNECTIONS = 10
"""On the way of a message, for each process, beside the engine's own."""
POOLED, OVERFLOW = 10, 10
CONNECTIONS = FAST_CONNECTIONS + POOLED + OVERFLOW
"""That one process may open to PostgreSQL at the most."""

READING = "conductor_reading"
"""Execution option of connections that change nothing."""


def create_engine(url: str, pooled: bool = True, *, references: bool = True) -> AsyncEngine:
    """An engine for SQLite (embedded) or PostgreSQL. SQLite runs in WAL with full sync: what was committed survives
    a power cut. Errors never quote a statement's parameters: they are what customers wrote.

    `references` False: SQLite does not look after foreign keys. Only migrations want that: to alter a table SQLite
    copies it and drops the old one, which other tables refer to. PostgreSQL always does."""
    pool: dict[str, Any] = {"poolclass": NullPool}
    if not url.startswith("sqlite"):
        pool = {"pool_size": POOLED, "max_overflow": OVERFLOW, "pool_pre_ping": True} if pooled else pool
        patience = {"timeout": CONNECT_SECONDS}
        engine = create_async_engine(url, future=True, hide_parameters=True, connect_args=patience, **pool)
        event.listen(engine.sync_engine, "connect", _notice_death)
        return engine
    _make_folder(url)
    # A pool of its own, because SQLAlchemy 1.4 would otherwise open the file anew for each statement.
    pool = {"poolclass": AsyncAdaptedQueuePool, "pool_size": 4} if pooled else pool
    engine = create_async_engine(url, future=True, hide_parameters=True, module=driver(BUSY_TIMEOUT_MS), **pool)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    if not references:
        event.listen(engine.sync_engine, "connect", _leave_references_alone)
    event.listen(engine.sync_engine, "begin", _begin_immediate)
    return engine


def _notice_death(connection: Any, _record: object) -> None:
    notice_death(connection._connection)


def _make_folder(url: str) -> None:
    file = make_url(url).database
    if file and file != ":memory:":
        Path(file).parent.mkdir(parents=True, exist_ok=True)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    try:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}"):
            cursor.execute(f"PRAGMA {pragma}")
    except Exception:
        # The file is no database.
        connection.close()
        raise
    cursor.close()


def _prepare_sqlite_directly(connection: Any) -> None:
    _prepare_sqlite(connection, None)


def _leave_references_alone(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=OFF")  # inside a transaction it would do nothing
    cursor.close()


def _begin_immediate(connection: Any) -> None:
    # A read that becomes a write fails with "database is locked" when somebody wrote meanwhile; so writers say so at
    # once. Who only reads begins nothing: each statement sees what is committed.
    if not connection.get_execution_options().get(READING):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def _patience(connection: AsyncConnection, patient: bool) -> Iterator[None]:
    driven = connection.sync_connection.connection.driver_connection
    driven.patient = patient
    try:
        yield
    finally:
        driven.patient = False


class Database:
    """Connections for reading and for writing. In one process writers of SQLite queue here instead of polling the
    file's lock."""

    def __init__(self, url: str, pooled: bool = True) -> None:
        """`pooled=False` closes each connection after its use, for processes that do not tell us when they end
        (`rasa shell`, `rasa run actions`)."""
        self.url = url
        self.engine = create_engine(url, pooled)
        self.sqlite = url.startswith("sqlite")
        self._writer: asyncio.Lock | None = None
        self._fast = self._fast_pool() if pooled else None

    def _fast_pool(self) -> FastPool:
        dialect = self.engine.dialect
        connect: Callable[[], Awaitable[Driven]]
        if self.sqlite:
            connect = fast_sqlite.connecting(self.url, dialect, BUSY_TIMEOUT_MS, _prepare_sqlite_directly)
        else:
            connect = fast_postgres.connecting(self.url, dialect)
        return FastPool(connect, dialect, FAST_CONNECTIONS)

    @asynccontextmanager
    async def read(self, *, patient: bool = False) -> AsyncIterator[AsyncConnection]:
        """Statements that change nothing, each seeing what is committed. `patient`: they may take long (reports), and
        nobody else is to wait for them."""
        async with self.engine.connect() as plain:
            if not self.sqlite:
                yield await plain.execution_options(isolation_level="AUTOCOMMIT")
                return
            connection = await plain.execution_options(**{READING: True})
            with _patience(connection, patient):
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: all of it, or nothing when the block raises."""
        if not self.sqlite:
            async with self.engine.begin() as connection:
                yield connection
            return
        if self._writer is None:
            self._writer = asyncio.Lock()
        async with self._writer, self.engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def fast_read(self) -> AsyncIterator[FastConnection]:
        """`read` for the way of a message: the driver's own connection (`fast.py`)."""
        if self._fast is None:
            async with self.read() as connection:
                yield connection
            return
        async with self._fast.connection() as connection:
            yield connection

    @asynccontextmanager
    async def fast_write(self) -> AsyncIterator[FastConnection]:
        """`write` for the way of a message."""
        if self._fast is None:
            async with self.write() as connection:
                yield connection
            return
        if not self.sqlite:
            async with self._fast.transaction() as connection:
                yield connection
            return
        if self._writer is None:
            self._writer = asyncio.Lock()
        async with self._writer, self._fast.transaction() as connection:
            yield connection

    @property
    def in_one(self) -> bool:
        """Whether several changes go in one statement (WITH), which is a transaction by itself. SQLite knows none, and
        needs none: there is no way to a server."""
        return self._fast is not None and not self.sqlite

    async def change(self, statement: Any, parameters: Any = None) -> Result:
        """One statement that is a transaction by itself. On PostgreSQL that is one way to the server instead of
        three."""
        if self._fast is None or self.sqlite:
            async with self.fast_write() as connection:
                return await connection.execute(statement, parameters)
        async with self._fast.connection() as connection:
            return await connection.execute(statement, parameters)

    def on_statement(self, tell: Tell) -> None:
        """Call `tell` with the text and the values of each statement before it is executed; for tests."""
        event.listen(
            self.engine.sync_engine, "before_cursor_execute", lambda _c, _k, text, values, *_: tell(text, values)
        )
        if self._fast is not None:
            self._fast.told.append(tell)

    async def reachable(self) -> bool:
        """Whether the database answers, within two seconds."""
        try:
            await asyncio.wait_for(self._asked(), 2.0)
        except Exception:
            return False
        return True

    async def _asked(self) -> None:
        async with self.read() as connection:
            await connection.execute(sa.text("SELECT 1"))

    async def close(self) -> None:
        if self._fast is not None:
            await self._fast.close()
        await self.engine.dispose()
