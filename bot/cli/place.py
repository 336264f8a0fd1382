"""Which database a command may use, and which it may make: a mistyped path must not become an empty installation."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import make_url

from bot.errors import ConductorError
from bot.settings import Settings

HOME = "config.yml"
"""Only the project's folder has it."""


def database_file(url: str) -> Path | None:
    """The file of an SQLite database; None for a server's database and for one in memory."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        return None
    return Path(parsed.database)


def must_exist(settings: Settings) -> None:
    """For commands that only read, and `agents`. Makes no database file; raises ConductorError where there is none."""
    file = database_file(settings.database_url)
    if file is None or file.exists():
        return
    if "database_url" in settings.__fields_set__:
        decides, mend = "DATABASE_URL names it", "Correct DATABASE_URL (environment or .env)"
    else:
        decides, mend = (
            f"DATABASE_URL is not set, so it is looked for in the folder {Path.cwd()}",
            "Set DATABASE_URL as the server has it, or change to the project's folder",
        )
    raise ConductorError(
        f"There is no database at {file.absolute()} ({decides}). Nothing was made.",
        f"{mend}; a new installation makes its database with 'conductor serve' or 'conductor db migrate'.",
    )


def may_make(settings: Settings) -> None:
    """For commands that write. A database file that does not exist is made only where somebody wants it: in the
    project's folder, or where DATABASE_URL says. Raises ConductorError otherwise."""
    file = database_file(settings.database_url)
    if file is None or file.exists() or "database_url" in settings.__fields_set__ or Path(HOME).is_file():
        return
    raise ConductorError(
        f"There is no database at {file.absolute()}, and {Path.cwd()} is not the project's folder (it has no {HOME}). "
        "Nothing was made.",
        "Change to the project's folder, or name the database in DATABASE_URL.",
    )
