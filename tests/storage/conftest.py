"""The two databases that everything in `bot/storage` has to work on, each one fresh for each test (`database` is in
tests/conftest.py)."""

from __future__ import annotations

import pytest

from tests.backends import Backend


@pytest.fixture
def empty_url(bare_backend: Backend) -> str:
    """The URL of a database with nothing in it."""
    return bare_backend.database_url


@pytest.fixture
def url(backend: Backend) -> str:
    """The URL of a migrated database."""
    return backend.database_url
