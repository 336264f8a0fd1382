"""A database of its own for each test, without Rasa: what the agent says is given."""

from __future__ import annotations

import pytest

from bot.storage.engine import Database
from bot.storage.store import SqlStore


@pytest.fixture
def store(database: Database) -> SqlStore:
    return SqlStore(database)
