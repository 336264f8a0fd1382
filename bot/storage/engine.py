"""Opening the database, and its two ways in: `read` and `write`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, NullPool

BUSY_TIMEOUT_MS = 30_000


def create_engine(url: str, pooled: bool = True) -> AsyncEngine:
    """An engine for SQLite (embedded) or PostgreSQL. SQLite runs in WAL with full sync: what was committed survives
    a power cut. Errors never quote a statement's parameters: they are what customers wrote."""
    pool: dict[str, Any] = {"poolclass": NullPool}
    if not url.startswith("sqlite"):
        pool = {"pool_size": 10, "pool_pre_ping": True} if pooled else pool
        return create_async_engine(url, future=True, hide_parameters=True, **pool)
    _make_folder(url)
    # A pool of its own, because SQLAlchemy 1.4 would otherwise open the file anew for each statement.
    pool = {"poolclass": AsyncAdaptedQueuePool, "pool_size": 4} if pooled else pool
    engine = create_async_engine(url, future=True, hide_parameters=True, **pool)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_immediate)
    return engine


def _make_folder(url: str) -> None:
    file = make_url(url).database
    if file and file != ":memory:":
        Path(file).parent.mkdir(parents=True, exist_ok=True)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy says when a transaction begins, not the driver
    cursor = connection.cursor()
    try:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}"):
            cursor.execute(f"PRAGMA {pragma}")
    except Exception:
        # The file is no database. An open connection's thread would keep the process from ending.
        connection.close()
        raise
    cursor.close()


def _begin_immediate(connection: Any) -> None:
    # A read that becomes a write fails with "database is locked" when somebody wrote meanwhile; so writers say so at
    # once.
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


class Database:
    """Connections for reading and for writing. In one process writers of SQLite queue here instead of polling the
    file's lock."""

    def __init__(self, url: str, pooled: bool = True) -> None:
        """`pooled=False` closes each connection after its use, for processes that do not tell us when they end
        (`rasa shell`, `rasa run actions`): the thread of an open SQLite connection would keep them alive."""
        self.url = url
        self.engine = create_engine(url, pooled)
        self.sqlite = url.startswith("sqlite")
        self._writer: asyncio.Lock | None = None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Statements that change nothing, each seeing what is committed."""
        async with self.engine.connect() as plain:
            yield await plain.execution_options(isolation_level="AUTOCOMMIT")

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

    async def close(self) -> None:
        await self.engine.dispose()
