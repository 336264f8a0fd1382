"""Our driver of SQLite: statements run at once, what may take long does not hold up anybody else."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.storage.engine import Database

pytestmark = pytest.mark.about_sqlite("its driver is ours")


@pytest.fixture
async def notes(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/notes.db")
    async with database.write() as connection:
        await connection.execute(sa.text("create table note (text)"))
    yield database
    await database.close()


@contextmanager
def another_process_writes(database: Database) -> Iterator[None]:
    other = sqlite3.connect(database.url.partition("///")[2], isolation_level=None)
    other.execute("begin immediate")
    yield
    other.execute("commit")
    other.close()


async def note(database: Database, text: str) -> None:
    async with database.write() as connection:
        await connection.execute(sa.text("insert into note values (:text)"), {"text": text})


async def read(database: Database) -> list[str]:
    async with database.read() as connection:
        return [text for (text,) in await connection.execute(sa.text("select text from note order by rowid"))]


async def begun(task: asyncio.Task[None], database: Database) -> None:
    """Others go on while `task` waits: a whole read does."""
    for _ in range(3):
        assert await read(database) == []
    assert not task.done()


async def test_who_waits_for_another_process_holds_up_nobody(notes: Database) -> None:
    with another_process_writes(notes):
        waiting = asyncio.create_task(note(notes, "later"))
        await begun(waiting, notes)
    await waiting
    assert await read(notes) == ["later"]


async def test_who_is_cancelled_while_waiting_leaves_nothing_behind(notes: Database) -> None:
    with another_process_writes(notes):
        waiting = asyncio.create_task(note(notes, "never"))
        await begun(waiting, notes)
        waiting.cancel()
        await asyncio.sleep(0)
    with suppress(asyncio.CancelledError):
        await waiting
    await note(notes, "after")
    assert await read(notes) == ["after"]


async def test_what_fails_inside_a_transaction_is_undone(notes: Database) -> None:
    async def half() -> None:
        async with notes.write() as connection:
            await connection.execute(sa.text("insert into note values ('half')"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await half()
    assert await read(notes) == []


@pytest.mark.parametrize("patient", [False, True])
async def test_only_a_patient_reader_leaves_the_event_loops_thread(notes: Database, patient: bool) -> None:
    async with notes.read(patient=patient) as connection:
        driven = connection.sync_connection.connection.driver_connection
        await driven.create_function("thread", 0, threading.get_ident)
        thread = (await connection.execute(sa.text("select thread()"))).scalar()
    assert (thread != threading.get_ident()) == patient
    assert driven.patient is False  # the pool hands it to somebody else


def test_an_open_connection_does_not_keep_a_process_alive(tmp_path: Path) -> None:
    script = (
        "import asyncio, sqlalchemy as sa\n"
        "from bot.storage.engine import Database\n"
        f"database = Database('sqlite+aiosqlite:///{tmp_path}/left.db')\n"
        "async def main():\n"
        "    async with database.write() as connection:\n"
        "        await connection.execute(sa.text('create table note (text)'))\n"
        "asyncio.run(main())\n"
    )
    assert subprocess.run([sys.executable, "-c", script], timeout=60).returncode == 0


def _writes_anew(url: str) -> int:
    """In a process of its own: 0 when a note could be written."""
    signal.alarm(20)  # hanging, it ends by a signal
    asyncio.set_event_loop(None)
    asyncio.events._set_running_loop(None)
    try:
        asyncio.run(note(Database(url), "the child's own"))
    except BaseException:
        return 1  # nothing of pytest's may go on in the child
    return 0


async def test_a_forked_process_has_threads_of_its_own(notes: Database) -> None:
    await note(notes, "the parent's threads have worked")
    child = os.fork()
    if child == 0:
        os._exit(_writes_anew(notes.url))
    assert os.waitstatus_to_exitcode((await asyncio.to_thread(os.waitpid, child, 0))[1]) == 0
