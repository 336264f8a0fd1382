"""The console on a server of Rasa's kind, with a whole conductor on either backend; only the dialogue agent is none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
import pytest_asyncio
from argon2 import PasswordHasher

from bot.bootstrap import Conductor
from bot.identity import passwords
from bot.settings import load_settings
from tests.backends import Backend
from tests.console.desk.client import Desk
from tests.console.test_playground import serving
from tests.doubles import FrozenClock

NOON = "2026-11-23T12:00:00.000000+00:00"


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
async def desk(backend: Backend, monkeypatch: pytest.MonkeyPatch, overrides: dict[str, Any]) -> AsyncIterator[Desk]:
    settings = load_settings(**backend.settings, **overrides)
    conductor = Conductor(settings, cast(Any, None), FrozenClock(NOON), {})
    async with serving(cast(Any, conductor), monkeypatch) as house:
        yield Desk(conductor, house.url, house.session)
    await conductor.stop()
