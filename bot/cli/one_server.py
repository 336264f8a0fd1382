"""One server per SQLite file: the locks between conversations live in the server's memory, so two servers on one file
would send twice."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from bot.cli.place import database_file
from bot.errors import ConductorError


@contextmanager
def only_server(database_url: str, address: str = "", listens: str = "") -> Iterator[None]:
    """Hold `<database file>.lock` meanwhile; the kernel lets go of it when the process dies, however it dies.

    `address`: how links to the server begin; commands beside it ask for that (`running_at`). `listens`: its host and
    port on this machine (`listening_at`).
    Raises ConductorError when another server holds it. Does nothing for PostgreSQL.
    """
    file = database_file(database_url)
    if file is None:
        yield
        return
    file = file.resolve()  # two names of one file are one file
    lock = file.with_name(f"{file.name}.lock")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = lock.open("a+", encoding="utf-8")
    except OSError as error:
        raise ConductorError(f"The file {lock} can't be written: {error.strerror}.", "Change DATABASE_URL.") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            handle.seek(0)
            process = handle.readline(20).strip()
            raise ConductorError(
                f"Another server is using {file}{f' (process {process})' if process else ''}.",
                "Stop it, or give this one a database of its own (--database).",
            ) from error
        except OSError as error:
            raise ConductorError(
                f"The file {lock} can't be locked: {error.strerror}.",
                "Keep the database on a disk of this machine (DATABASE_URL).",
            ) from error
        handle.truncate(0)
        handle.write(f"{os.getpid()}\n{address}\n{listens}")
        handle.flush()
        yield


def running_at(database_url: str) -> str:
    """How links to the server begin that uses this SQLite file now; "" where none does, or where it is PostgreSQL."""
    return "".join(_told(database_url)[1:2])


def listening_at(database_url: str) -> str:
    """Host and port of that server; "" likewise."""
    return "".join(_told(database_url)[2:3])


def _told(database_url: str) -> list[str]:
    """What the server wrote that holds the lock; nothing, where none does."""
    file = database_file(database_url)
    if file is None:
        return []
    file = file.resolve()
    lock = file.with_name(f"{file.name}.lock")
    if not lock.is_file():
        return []
    with lock.open(encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:  # a server holds it
            return handle.read().splitlines()
    return []
