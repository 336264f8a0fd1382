"""One real server for all that is asked of a running one: with short patience, and every line of its own log."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.backends import Lasting
from tests.server import Server, running

WATCHED = {"CONDUCTOR_REQUEST_SECONDS": "1", "LOG_LEVEL": "DEBUG", "LOG_FORMAT": "json"}


@pytest.fixture(scope="session", params=["embedded", "grown"])
def server(request: pytest.FixtureRequest, lasting: Lasting) -> Iterator[Server]:
    with lasting(request.param) as backend, running(backend, **WATCHED) as server:
        yield server
