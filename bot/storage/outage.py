"""Whether an error is the database's own trouble, which ends by itself, and not the message's that met it."""

from __future__ import annotations

import asyncio
import errno
from pathlib import Path
from traceback import walk_tb
from types import FrameType

import asyncpg
import sqlalchemy as sa

_OF_SQLITE = ("is full", "disk i/o error", "is locked", "unable to open", "readonly database", "out of memory")
"""SQLITE_FULL, IOERR, BUSY and LOCKED, CANTOPEN, READONLY, NOMEM: Python 3.10 gives no code, only SQLite's words."""

_OF_POSTGRES = ("08", "53", "57", "58")
"""Classes of SQLSTATE: connection, resources (full disk, memory, connections), operator intervention, system."""


_GAVE_WAY = ("40001", "40P01")
"""SQLSTATE: serialization failure, deadlock."""


def gave_way(error: sa.exc.DBAPIError) -> bool:
    """Whether PostgreSQL ended the transaction because two waited for each other. Nothing of it is written, and nobody
    is to blame."""
    return getattr(error.orig, "pgcode", None) in _GAVE_WAY


_OF_THE_MACHINE = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM)
"""The disk is full or broken, or there are too many open files: it strikes every message."""


def outage(error: BaseException) -> bool:
    """Whether the database is gone, full or out of order. Looks at what led to the error, too; a connection that was
    refused counts only where it is the error itself: else it may have been a connection to something else."""
    if isinstance(error, (ConnectionError, asyncio.TimeoutError, sa.exc.TimeoutError)):
        return True
    if isinstance(error, OSError) and (error.errno in _OF_THE_MACHINE or _while_connecting(error)):
        return True
    here: BaseException | None = error
    for _ in range(10):  # a chain of causes may be a ring
        if here is None or _of_the_database(here):
            break
        here = here.__cause__ or here.__context__
    return here is not None and _of_the_database(here)


def outage_there(error: BaseException) -> bool:
    """`outage`, for who asked several services: only of errors that came up on the way to the database."""
    return outage(error) and any("storage" in Path(frame.f_code.co_filename).parts for frame in _frames(error))


def _frames(error: BaseException) -> list[FrameType]:
    found: list[FrameType] = []
    here: BaseException | None = error
    for _ in range(10):
        if here is None:
            break
        found += [frame for frame, _ in walk_tb(here.__traceback__)]
        here = here.__cause__ or here.__context__
    return found


def _while_connecting(error: OSError) -> bool:
    """No route, no such name, no such socket. A file of ours that is missing is none of the database's."""
    return any("asyncpg" in Path(frame.f_code.co_filename).parts for frame, _ in walk_tb(error.__traceback__))


def _of_the_database(error: BaseException) -> bool:
    if isinstance(error, sa.exc.DBAPIError):
        said = str(error.orig).lower()
        return error.connection_invalidated or any(words in said for words in _OF_SQLITE)
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate)[:2] in _OF_POSTGRES
    if isinstance(error, asyncpg.InterfaceError):  # it also stands for values that PostgreSQL does not take
        return "closed" in str(error)
    return False
