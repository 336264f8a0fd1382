"""A PostgreSQL that neither answers nor hangs up: its machine lost power, a firewall forgot the connection. Whoever
asks gets an error in the end, and the next one a connection of their own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import sqlalchemy as sa

from bot.storage import fast_postgres
from bot.storage.engine import Database
from bot.storage.outage import outage


class Wire:
    """Carries bytes between clients and PostgreSQL over TCP, until it is cut: then nothing comes through, and nothing
    ends."""

    def __init__(self, theirs: str) -> None:
        self._theirs = f"{theirs}/.s.PGSQL.5432"
        self._flows = asyncio.Event()
        self._flows.set()
        self._under_way: set[asyncio.Task[None]] = set()

    async def open(self) -> str:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self._server.sockets[0].getsockname()[1]}/postgres"

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_unix_connection(self._theirs)
        for source, target in ((reader, there_writer), (there_reader, writer)):
            self._under_way.add(asyncio.create_task(self._one_way(source, target)))

    async def _one_way(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while told := await source.read(65536):
                await self._flows.wait()
                target.write(told)
        target.close()

    def cut(self) -> None:
        self._flows.clear()

    def mend(self) -> None:
        self._flows.set()

    async def close(self) -> None:
        self.mend()
        self._server.close()
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)


@pytest.fixture
async def wire(postgres: str) -> AsyncIterator[Wire]:
    made = Wire(postgres)
    yield made
    await made.close()


async def _asked(database: Database) -> int:
    async with database.fast_write() as connection:
        return int((await connection.execute(sa.select(sa.literal(1)))).scalar() or 0)


async def test_who_asks_is_not_kept_waiting_for_ever(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_postgres, "PATIENCE_SECONDS", 0.2)
    database = Database(await wire.open())
    assert await _asked(database) == 1
    wire.cut()

    asking = asyncio.create_task(_asked(database))
    await asyncio.wait([asking], timeout=5)
    assert asking.done(), "it still waits"
    error = asking.exception()
    assert error is not None
    assert outage(error)

    wire.mend()
    assert await asyncio.wait_for(_asked(database), 5) == 1, "the silent connection is not used again"
    await database.close()


async def test_a_statement_that_takes_long_may_but_the_dead_are_noticed(wire: Wire) -> None:
    """Reports take long: there the machine asks PostgreSQL's whether it is still there."""
    database = Database(await wire.open())
    async with database.read() as slow, database.fast_read() as fast:
        pooled = (await slow.get_raw_connection()).connection._connection
        for driven in (pooled, fast.driven._raw):  # type: ignore[attr-defined]
            raw = driven._transport.get_extra_info("socket")
            assert raw.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 30_000
    await database.close()
