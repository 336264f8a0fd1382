"""One real server for all that is asked of a running one: with short patience, and every line of its own log."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server import Server, running

WATCHED = {"CONDUCTOR_REQUEST_SECONDS": "1", "LOG_LEVEL": "DEBUG", "LOG_FORMAT": "json"}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("operations") / "watched.db", **WATCHED) as server:
        yield server
