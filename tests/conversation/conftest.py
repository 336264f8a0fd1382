"""A database of its own for each test, without Rasa: what the agent says is given."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.storage.engine import Database
from bot.storage.store import SqlStore
from tests.conversation.sending_house import House, Scripted


@pytest.fixture
def store(database: Database) -> SqlStore:
    return SqlStore(database)


@pytest.fixture
def house(database: Database, store: SqlStore) -> Callable[..., House]:
    """`house(error, …)`: letters, and a provider that answers with these errors first."""
    return lambda *errors: House(database, store, Scripted(*errors))
