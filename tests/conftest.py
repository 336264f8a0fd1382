"""For every test: no settings from the developer's shell, no way off this machine, a browser if there is one."""

from __future__ import annotations

import os

# Before anything imports Rasa or TensorFlow: no usage reports, no chatter, no GPU.
os.environ.update(RASA_TELEMETRY_ENABLED="false", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zlib import crc32

import hypothesis
import pytest

from channels.testing import this_machine_only
from tests.backends import (
    Backend,
    Databases,
    Lasting,
    RedisServer,
    embedded_in,
    empty_database,
    postgres_server,
    redis_server,
)
from tests.chromium import HOW_TO_GET_ONE, find_chromium

# A shell that is set up for a real installation must not lend the tests its accounts or its database.
SETTINGS = ("CONDUCTOR_", "DATABASE_URL", "REDIS_URL", "TWILIO_", "TELEGRAM_", "SLACK_")

# In CI the same examples every time; a developer's runs look for new ones. No deadline: two workers share two cores.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")

for _name in [name for name in os.environ if name.startswith(SETTINGS)]:
    del os.environ[_name]
os.environ["CONDUCTOR_ENCODERS"] = os.devnull  # nor the encoder that a developer has installed


@pytest.fixture(autouse=True)
def _settings_end_with_their_test() -> Iterator[None]:
    """`conductor serve` in the process sets what its own children are to find; the next test's are to find nothing."""
    before = {name: value for name, value in os.environ.items() if name.startswith(SETTINGS)}
    yield
    for name in [name for name in os.environ if name.startswith(SETTINGS) and name not in before]:
        del os.environ[name]
    os.environ.update(before)


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Any:
    """Fail whatever opens a connection to another machine."""
    with this_machine_only():
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The folder of the socket of a real PostgreSQL server."""
    with postgres_server() as socket:
        yield socket


@pytest.fixture(scope="session")
def databases(postgres: str) -> Databases:
    """Migrated databases on it."""
    return Databases(postgres)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    from bot.storage.migrate import migrate

    file = tmp_path_factory.mktemp("template") / "conductor.db"
    migrate(f"sqlite+aiosqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def redis_process() -> Iterator[RedisServer]:
    """A real Redis server, shared by the tests of one process. Ask for `grown` or `redis_here` instead."""
    with redis_server() as server:
        yield server


@pytest.fixture
def redis_here(redis_process: RedisServer) -> RedisServer:
    """A real Redis server with nothing in it. Tests may stop and start it."""
    redis_process.empty()
    return redis_process


@pytest.fixture
def embedded(tmp_path: Path, migrated_file: Path) -> Backend:
    """What runs without any settings: an SQLite file (migrated)."""
    file = shutil.copy(migrated_file, tmp_path / "conductor.db")
    return Backend("embedded", f"sqlite+aiosqlite:///{file}")


@pytest.fixture
def grown(databases: Databases, redis_here: RedisServer) -> Iterator[Backend]:
    """PostgreSQL (migrated) and Redis."""
    with databases.lend() as url:
        yield Backend("grown", url, redis_here.url, redis_here)


@pytest.fixture(params=["embedded", "grown"])
def backend(request: pytest.FixtureRequest) -> Backend:
    """Either of the two ways to run: a test that asks for it runs twice."""
    found: Backend = request.getfixturevalue(request.param)
    return found


@pytest.fixture
async def database(backend: Backend) -> AsyncIterator[Any]:
    """A migrated database of either, without a house around it."""
    from bot.storage.engine import Database

    opened = Database(backend.database_url)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def lasting(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Lasting:
    """Makes a backend, `embedded` or `grown`, for a server that many tests ask: nobody empties it meanwhile."""

    @contextmanager
    def make(name: str) -> Iterator[Backend]:
        if name == "embedded":
            file = shutil.copy(request.getfixturevalue("migrated_file"), tmp_path_factory.mktemp("lasting"))
            yield Backend(name, f"sqlite+aiosqlite:///{file}")
            return
        databases: Databases = request.getfixturevalue("databases")
        with databases.lend() as url, redis_server() as redis:
            yield Backend(name, url, redis.url, redis)

    return make


@pytest.fixture(params=["embedded", "grown"])
def bare_backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    """Either of the two, on the first day: the SQLite file does not exist, in PostgreSQL's database there is
    nothing."""
    if request.param == "embedded":
        return embedded_in(tmp_path)
    redis: RedisServer = request.getfixturevalue("redis_here")
    return Backend("grown", empty_database(request.getfixturevalue("postgres")), redis.url, redis)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser. Only tests marked `browser` may ask for it: without a browser those are left out."""
    path = find_chromium()
    assert path, HOW_TO_GET_ONE
    return path


IN_CI_ONE_OF = 3
"""Of the journeys on PostgreSQL with Redis CI plays every third, chosen by its name, and no swap of models there: on
two cores all of them would take it near its limit of 25 minutes. `make test` without CI=true runs every one."""


def _left_out_in_ci(name: str) -> bool:
    if "test_journeys.py::test_journey[grown-" in name:
        return bool(crc32(name.encode()) % IN_CI_ONE_OF)
    return "test_model_swap.py::" in name and "[grown]" in name


def _spare(config: pytest.Config, items: list[pytest.Item]) -> None:
    left = {item for item in items if _left_out_in_ci(item.nodeid)}
    config.hook.pytest_deselected(items=[item for item in items if item in left])
    items[:] = [item for item in items if item not in left]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the browser tests out when there is no browser (they are counted as deselected, and said so below), and in
    CI some that others stand for."""
    if os.environ.get("CI"):
        _spare(config, items)
    if find_chromium():
        return
    browser = [item for item in items if item.get_closest_marker("browser")]
    if browser:
        items[:] = [item for item in items if item not in browser]
        config.hook.pytest_deselected(items=browser)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how to get a browser when there is none."""
    if not find_chromium():
        terminalreporter.write_sep("-", "notice")
        terminalreporter.write_line(HOW_TO_GET_ONE)
