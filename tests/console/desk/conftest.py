"""The console on a server of Rasa's kind, with a whole conductor over SQLite; only the dialogue agent is none."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio
from argon2 import PasswordHasher

from bot.bootstrap import Conductor
from bot.identity import passwords
from bot.settings import load_settings
from bot.storage.migrate import migrate
from tests.console.desk.client import Desk
from tests.console.test_playground import serving
from tests.doubles import FrozenClock

NOON = "2026-11-23T12:00:00.000000+00:00"


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrated once; each test gets a copy."""
    file = tmp_path_factory.mktemp("desk") / "empty.db"
    migrate(f"sqlite+aiosqlite:///{file}")
    return file


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that cost nothing: these tests make hundreds."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", cheap)
    monkeypatch.setattr(passwords, "_NOBODY", cheap.hash("nobody has this password"))


@pytest.fixture
def overrides() -> dict[str, Any]:
    """Settings of this test; a module may have its own."""
    return {}


@pytest_asyncio.fixture
async def desk(
    empty_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overrides: dict[str, Any]
) -> AsyncIterator[Desk]:
    shutil.copy(empty_database, tmp_path / "desk.db")
    settings = load_settings(database_url=f"sqlite+aiosqlite:///{tmp_path}/desk.db", **overrides)
    conductor = Conductor(settings, cast(Any, None), FrozenClock(NOON), {})
    async with serving(cast(Any, conductor), monkeypatch) as house:
        yield Desk(conductor, house.url, house.session)
    await conductor.database.close()
