"""The disk is full: webhooks are answered 503, what was taken in before waits without a failed attempt, and everything
goes on when there is space again."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.conversation.handler import ATTEMPTS
from bot.storage import engine
from channels.contract import Inbound
from channels.receive import Delivery, Seam
from tests.journeys.stage import Stage

LONG = "It was late. " + "And nobody came to the door when I rang. " * 250
"""Longer than what is left of any page of the file."""


class Disk:
    """SQLite's own limit stands for it: the file may not grow beyond the pages that it has."""

    full = False

    def __init__(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._file = file
        prepare = engine._prepare_sqlite

        def prepared(connection: Any, record: object) -> None:
            prepare(connection, record)
            if self.full:
                cursor = connection.cursor()
                cursor.execute("PRAGMA max_page_count = 1")
                cursor.close()

        monkeypatch.setattr(engine, "_prepare_sqlite", prepared)
        monkeypatch.setattr(engine, "_prepare_sqlite_directly", lambda connection: prepared(connection, None))

    async def becomes(self, stage: Stage, full: bool) -> None:
        self.full = full
        if full:
            self._take_free_pages()
        await stage.conductor.database.close()  # each connection has its own limit

    def _take_free_pages(self) -> None:
        """Migrations left some in the file."""
        connection = sqlite3.connect(str(self._file), isolation_level=None)
        connection.execute("CREATE TABLE rubbish (bytes)")
        connection.execute("PRAGMA max_page_count = 1")
        with suppress(sqlite3.OperationalError):
            while True:
                connection.execute("INSERT INTO rubbish VALUES (zeroblob(3000))")
        connection.close()


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(tmp_path / "journey.db", monkeypatch)


@pytest_asyncio.fixture
async def stage(disk: Disk, tmp_path: Path, rasa_agent: Any) -> AsyncIterator[Stage]:
    made = Stage(tmp_path, rasa_agent)
    await made.open()
    yield made
    await made.close()


def said(stage: Stage, number: int, text: str) -> Inbound:
    return Inbound("web", "web", f"m{number}", stage.address, text, language="en")


async def deliver(stage: Stage, number: int, text: str) -> int:
    """What the webhook of a provider is answered."""
    seam = Seam("web", parse=lambda delivery: [said(stage, number, text)])
    return (await seam.receive(Delivery({}, b""), lambda delivery: None, stage.conductor)).status


async def test_all_goes_on_when_there_is_space_again(stage: Stage, disk: Disk) -> None:
    await stage._start({"start": "delivery_nps"})
    await stage.conductor.settle()
    assert await deliver(stage, 1, "3") == 200
    await stage.conductor.settle()
    asked = len(stage.sender.taken)
    await stage.conductor.store.accept(said(stage, 2, LONG), stage.clock.now())  # taken in, and not looked at yet

    await disk.becomes(stage, full=True)
    assert await deliver(stage, 3, LONG) == 503
    for _ in range(ATTEMPTS + 2):
        stage.clock.forward(0.1)
        with suppress(Exception):  # letters and chores fail as well; their loops try again
            await stage.conductor.settle()
    assert [(m["status"], m["attempts"]) for m in await stage.rows("inbox")][2:] == [("new", 0)]
    assert [a["question"] for a in await stage.rows("answers")] == ["score"]
    assert len(stage.sender.taken) == asked

    await disk.becomes(stage, full=False)
    await stage.conductor.settle()
    stored = [(a["question"], a["state"]) for a in await stage.rows("answers")]
    assert stored == [("score", "current"), ("why", "current")]
    assert await deliver(stage, 3, "9") == 200
    stage.clock.forward(0.1)
    await stage.conductor.settle()
    assert [(m["status"], m["attempts"]) for m in await stage.rows("inbox")] == [("done", 0)] * 4
    assert {letter["status"] for letter in await stage.rows("outbox")} == {"sent"}
    assert len(stage.sender.taken) == len(await stage.rows("outbox"))
