"""The two databases that everything in `bot/storage` has to work on, each one fresh for each test (`database` is in
tests/conftest.py)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.storage.engine import Database
from tests.backends import Backend


@pytest.fixture
def empty_url(bare_backend: Backend) -> str:
    """The URL of a database with nothing in it."""
    return bare_backend.database_url


@pytest.fixture
def url(backend: Backend) -> str:
    """The URL of a migrated database."""
    return backend.database_url


@pytest.fixture
async def other(database: Database) -> AsyncIterator[Database]:
    """The same database, as another process has it open."""
    opened = Database(database.url)
    yield opened
    await opened.close()
