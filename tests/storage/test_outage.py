"""Which errors are the database's own trouble: such a message only waits, others are set aside after a few attempts."""

from __future__ import annotations

import asyncio
import sqlite3

import asyncpg
import pytest
import sqlalchemy as sa

from bot.conversation.ports import ConversationFailed
from bot.storage.engine import Database
from bot.storage.outage import outage
from bot.storage.tables import inbox
from tests.backends import empty_database, mortal_postgres


def caused(by: Exception) -> Exception:
    """As when an action of Rasa's meets it."""
    error = ConversationFailed("Rasa failed")
    error.__cause__ = by
    return error


def of_sqlite(words: str) -> Exception:
    made: Exception = sa.exc.OperationalError("UPDATE", None, sqlite3.OperationalError(words))
    return made


@pytest.mark.parametrize(
    "error",
    [
        of_sqlite("database or disk is full"),
        of_sqlite("database is locked"),
        of_sqlite("disk I/O error"),
        asyncpg.DiskFullError("no space"),
        asyncpg.AdminShutdownError("terminating"),
        asyncpg.CannotConnectNowError("starting up"),
        asyncpg.ConnectionDoesNotExistError("closed in the middle"),
        asyncpg.InterfaceError("connection is closed"),
        asyncio.TimeoutError(),
        ConnectionRefusedError(),
        OSError(28, "No space left on device"),
        caused(of_sqlite("database or disk is full")),
        caused(asyncpg.AdminShutdownError("terminating")),
    ],
)
def test_the_databases_own_trouble(error: Exception) -> None:
    assert outage(error)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("a bug"),
        FileNotFoundError("a file of ours"),  # else it would be tried again for ever, and nobody be called
        PermissionError("a file of ours"),
        of_sqlite("no such column: x"),
        asyncpg.DataError("invalid input for query argument $1"),
        asyncpg.UniqueViolationError("twice"),
        asyncpg.DeadlockDetectedError("two at once"),
        caused(ValueError("a bug")),
        caused(ConnectionRefusedError()),  # an action server that is gone
    ],
)
def test_the_messages_trouble(error: Exception) -> None:
    assert not outage(error)


async def test_a_postgres_that_is_killed() -> None:
    with mortal_postgres() as postgres:
        database = Database(empty_database(postgres.socket))
        ways = (database.fast_write, database.fast_read, database.write, database.read)
        for way in ways:
            async with way() as connection:
                await connection.execute(sa.select(sa.literal(1)))
        postgres.kill()
        for way in ways * 2:  # on a connection that broke, and on none
            with pytest.raises(Exception) as met:  # noqa: PT011  (which one is what this is about)
                async with way() as connection:
                    await connection.execute(sa.select(inbox.c.id))
            assert outage(met.value), (way, met.value)
        await database.close()


@pytest.mark.parametrize("url", ["postgres@/gone?host=/tmp/no-such-folder", "postgres@no-such-host.invalid/gone"])
async def test_a_postgres_that_is_not_found(url: str) -> None:
    database = Database(f"postgresql+asyncpg://{url}")
    for way in (database.fast_write, database.read):
        with pytest.raises(Exception) as met:  # noqa: PT011  (which one is what this is about)
            async with way():
                pass
        assert outage(met.value), (way, met.value)
