"""`kill -9` around the sending of a notification: told once where the receiver can be asked or knows our key, and never
not at all."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.conversation.faults import OF_NOTIFICATIONS, arm
from bot.recovery.desk import Desk, Notices
from bot.recovery.notifying import LEASE_SECONDS, Notifying
from bot.recovery.telling import Told
from bot.storage import case_clocks
from bot.storage.engine import Database
from bot.storage.notifications import SqlNotifications
from bot.storage.tables import cases, notifications
from tests.backends import Backend
from tests.doubles import NOON, FrozenClock
from tests.faults.test_kill import life
from tests.notifiers.stories import TEAM


@dataclass
class FileWay:
    """A receiver whose memory is a file. `can_be_asked`: whether it has a message (Slack), or not (e-mail)."""

    file: Path
    can_be_asked: bool

    def taken(self) -> list[str]:
        return self.file.read_text().splitlines() if self.file.exists() else []

    async def send(self, told: Told) -> str:
        with self.file.open("a") as memory:
            memory.write(f"{told.notification.id}\n")
        return str(told.notification.id)

    async def earlier(self, told: Told) -> str | None:
        key = str(told.notification.id)
        return key if self.can_be_asked and key in self.taken() else None


async def prepare(database: Database) -> None:
    row = {"channel": "web", "reason": "asked", "team": "care", "priority": "high", "opened_at": NOON, "due_at": NOON}
    async with database.write() as connection:
        await connection.execute(sa.insert(cases).values(**row))
        await case_clocks.tell(connection, 1, "opened", Notices(email=("a@example.com",)), NOON)
    await database.close()


@pytest.mark.parametrize(
    ("point", "can_be_asked", "times"),
    [("notifying", True, 1), ("notified", True, 1), ("notifying", False, 1), ("notified", False, 2)],
)
def test_told_after_a_restart(point: str, can_be_asked: bool, times: int, tmp_path: Path, backend: Backend) -> None:
    assert point in OF_NOTIFICATIONS
    url, way, clock = backend.database_url, FileWay(tmp_path / "way", can_be_asked), FrozenClock()

    async def look() -> list[str]:
        database = Database(url)
        notifying = Notifying(SqlNotifications(database), {"email": way}, {}, Desk({"care": TEAM}, "care"), clock)
        await notifying.look()
        async with database.read() as connection:
            found = [str(status) for status in (await connection.execute(sa.select(notifications.c.status))).scalars()]
        await database.close()
        return found

    async def killed() -> None:
        arm(point)
        await look()

    asyncio.run(prepare(Database(url)))
    assert life(killed) == signal.SIGKILL
    clock.forward(LEASE_SECONDS / 60 + 0.01)
    assert asyncio.run(look()) == ["sent"]
    assert len(way.taken()) == times
