"""A copy of an SQLite database while a server uses it. PostgreSQL has tools of its own (docs/how-to/operate.md)."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.errors import ConductorError

PATIENCE_SECONDS = 30


def copy_database(source: Path, target: Path) -> None:
    """Make `target`, which only its owner may read, of what is committed in `source`, the write-ahead log included.
    Writers go on meanwhile. `target` is there only once it is whole. Raises ConductorError where it is there already,
    can't be written, or does not come out whole."""
    if target.exists():
        raise ConductorError(f"{target} is there already; nothing was changed.", "Name a file that is not there yet.")
    half = target.with_name(f"{target.name}.half")
    try:
        half.unlink(missing_ok=True)  # of a backup that was broken off
        os.close(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        found = _copy(source, half)
        if found == "ok":
            half.rename(target)
    except (OSError, sqlite3.Error) as error:
        half.unlink(missing_ok=True)
        raise ConductorError(f"The backup failed: {error}.", "Look at the disk and at DATABASE_URL.") from error
    if found != "ok":
        half.unlink()
        raise ConductorError(f"The copy is not whole: {found}.", f"{source} is damaged: restore an earlier backup.")


def _copy(source: Path, target: Path) -> str:
    """What SQLite's own check says of the copy: "ok", or the first thing that is wrong."""
    uri = f"{source.absolute().as_uri()}?mode=rw"  # not read-only: a log that nobody has open could not be read
    with (
        closing(sqlite3.connect(uri, uri=True, timeout=PATIENCE_SECONDS)) as there,
        closing(sqlite3.connect(target)) as copy,
    ):
        there.backup(copy)
        return str(copy.execute("PRAGMA integrity_check(1)").fetchone()[0])
