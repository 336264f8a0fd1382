"""What an installation stands on, as tests need it: `embedded` (SQLite, this process alone) and `grown` (a real
PostgreSQL and a real Redis, on sockets of this machine). Their fixtures are in tests/conftest.py.

    async def test_something(backend):             # runs twice, once on each
        conductor = Conductor(load_settings(**backend.settings), …)
    async def test_of_many_processes(grown): …     # PostgreSQL and Redis only; `grown.environment` for subprocesses
    @pytest.mark.about_sqlite("its file is locked")
    async def test_of_the_file(embedded): …        # SQLite only, with the reason

A test that looks after a whole installation asks for `bare_backend`: nothing has been migrated there.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from tests.postgres import (
    Databases,
    MortalPostgres,
    empty_database,
    in_a_loop,
    make_template,
    migrated_database,
    mortal_postgres,
    postgres_server,
)
from tests.redis_server import RedisServer, redis_server

__all__ = [
    "Backend",
    "Databases",
    "Lasting",
    "MortalPostgres",
    "RedisServer",
    "embedded_in",
    "empty_database",
    "in_a_loop",
    "make_template",
    "migrated_database",
    "mortal_postgres",
    "postgres_server",
    "redis_server",
]


@dataclass(frozen=True)
class Backend:
    """`settings` for `load_settings`; `environment` for processes. `redis`: the server's process, to be stopped and
    started by tests that need it gone (None: embedded)."""

    name: str
    database_url: str
    redis_url: str = ""
    redis: RedisServer | None = field(default=None, compare=False)

    @property
    def settings(self) -> dict[str, Any]:
        return {"database_url": self.database_url, **({"redis_url": self.redis_url} if self.redis_url else {})}

    @property
    def environment(self) -> dict[str, str]:
        return {name.upper(): str(value) for name, value in self.settings.items()}

    @property
    def grown(self) -> bool:
        return self.name == "grown"

    def rows(self, query: str, **values: object) -> list[tuple[Any, ...]]:
        """What the database holds, seen from outside of all processes. `values` for `:names` in the query."""
        with _looking(self.database_url).connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query), values)]

    def table(self, name: str) -> list[dict[str, Any]]:
        """All of a table, the oldest first."""
        with _looking(self.database_url).connect() as connection:
            found = connection.execute(sa.text(f"SELECT * FROM {name} ORDER BY id"))
            return [dict(row) for row in found.mappings()]

    def execute(self, statement: str, **values: object) -> None:
        """Change something, past everything."""
        with _looking(self.database_url).begin() as connection:
            connection.execute(sa.text(statement), values)


Lasting = Callable[[str], AbstractContextManager[Backend]]
"""Makes one by its name, for a server that many tests ask: the fixture `lasting`."""


def embedded_in(folder: Path) -> Backend:
    """An SQLite file that does not exist yet: the first command that writes makes it."""
    return Backend("embedded", f"sqlite+aiosqlite:///{folder}/conductor.db")


@lru_cache(maxsize=8)
def _looking(url: str) -> Any:
    """Of PostgreSQL's one connection is kept, for tests that look until something holds."""
    if url.startswith("sqlite"):
        patient = {"timeout": 30}
        return sa.create_engine(url.replace("+aiosqlite", ""), poolclass=NullPool, connect_args=patient, future=True)
    plain = url.replace("+asyncpg", "+psycopg2")
    return sa.create_engine(plain, pool_pre_ping=True, isolation_level="AUTOCOMMIT", future=True)
