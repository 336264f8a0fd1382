"""The two databases that everything in `bot/storage` has to work on, each one fresh for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.storage.engine import Database
from bot.storage.migrate import migrate
from tests.backends import empty_database, migrated_database


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/conductor.db"
    return empty_database(request.getfixturevalue("postgres"))


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    file = tmp_path_factory.mktemp("template") / "conductor.db"
    migrate(f"sqlite+aiosqlite:///{file}")
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated database."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "conductor.db")
        yield f"sqlite+aiosqlite:///{tmp_path}/conductor.db"
        return
    with migrated_database(request.getfixturevalue("postgres_template")) as fresh:
        yield fresh


@pytest.fixture
async def database(url: str) -> Any:
    opened = Database(url)
    yield opened
    await opened.close()
