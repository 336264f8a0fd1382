"""Each notification once, on both databases: tried again, given up, withheld with its reason, and never forgotten."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa

from bot.recovery.desk import Desk, Notices
from bot.recovery.notifying import BACK_OFF_SECONDS, LEASE_SECONDS, Notifying
from bot.recovery.telling import Told
from bot.storage import case_clocks
from bot.storage.engine import Database
from bot.storage.notifications import SqlNotifications
from bot.storage.tables import cases, notifications
from channels.contract import SendError
from tests.doubles import NOON, FrozenClock
from tests.notifiers.stories import TEAM

LEAD = Notices(email=("lead@example.com",))


@dataclass
class Scripted:
    """A way that answers as told: an error to raise, or None. `has`: what `earlier` finds."""

    script: list[Exception | None] = field(default_factory=list)
    tried: list[Told] = field(default_factory=list)
    has: str | None = None

    async def send(self, told: Told) -> str:
        self.tried.append(told)
        error = self.script.pop(0) if self.script else None
        if error is not None:
            raise error
        return f"theirs-{len(self.tried)}"

    async def earlier(self, told: Told) -> str | None:
        return self.has


class Office:
    def __init__(self, database: Database) -> None:
        self.database, self.clock = database, FrozenClock()
        self.mail = Scripted()
        self.missing = {"slack": "Slack is not connected."}

    def notifying(self) -> Notifying:
        store = SqlNotifications(self.database)
        ways = {"email": self.mail}
        return Notifying(store, ways, self.missing, Desk({"care": TEAM}, "care"), self.clock, "https://s.example")

    async def queue(self, notices: Notices = LEAD, status: str = "new") -> None:
        row = {"channel": "web", "reason": "asked", "team": "care", "priority": "high", "status": status}
        async with self.database.write() as connection:
            made = await connection.execute(sa.insert(cases).values(**row, opened_at=NOON, due_at=NOON))
            await case_clocks.tell(connection, made.inserted_primary_key[0], "opened", notices, self.clock.now())

    async def look(self, minutes: float = 0) -> None:
        self.clock.forward(minutes)
        await self.notifying().look()

    async def row(self) -> dict[str, Any]:
        async with self.database.read() as connection:
            [row] = (await connection.execute(sa.select(notifications))).mappings().all()
            return dict(row)


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


async def test_once_with_all_that_there_is_to_say(office: Office) -> None:
    await office.queue()
    await office.look()
    await office.look(60)
    [told] = office.mail.tried
    assert (told.case.id, told.team.key, told.link) == (1, "care", "https://s.example/console/inbox?case=1")
    row = await office.row()
    assert (row["status"], row["reference"], row["attempts"], row["error"]) == ("sent", "theirs-1", 1, None)


async def test_later_is_tried_again_with_longer_and_longer_waits_and_then_given_up(office: Office) -> None:
    office.mail.script = [SendError("busy", "later")] * 20
    await office.queue()
    await office.look()
    for tried, wait in enumerate(BACK_OFF_SECONDS, 1):
        await office.look(wait / 60 - 0.02)
        assert len(office.mail.tried) == tried, "not before its time"
        await office.look(0.03)
        assert len(office.mail.tried) == tried + 1
    row = await office.row()
    assert (row["status"], row["error"]) == ("failed", "busy")


async def test_the_receivers_own_wait_goes_first(office: Office) -> None:
    office.mail.script = [SendError("slow down", "later", 600)]
    await office.queue()
    await office.look()
    await office.look(9)
    assert len(office.mail.tried) == 1
    await office.look(1.1)
    assert (await office.row())["status"] == "sent"


async def test_never_is_not_tried_again(office: Office) -> None:
    office.mail.script = [SendError("no such user", "never")]
    await office.queue()
    await office.look()
    await office.look(600)
    row = await office.row()
    assert (row["status"], row["error"], len(office.mail.tried)) == ("failed", "no such user", 1)


async def test_a_dead_way_waits_a_day_at_most_and_burns_no_attempt(office: Office) -> None:
    office.mail.script = [SendError("bad password", "channel_dead")] * 400
    await office.queue()
    for _ in range(20):
        await office.look(5.1)
    row = await office.row()
    assert (row["status"], row["attempts"]) == ("queued", 0)
    await office.look(24 * 60)
    assert (await office.row())["status"] == "failed"


async def test_a_way_that_is_not_set_up_is_recorded_with_the_reason(office: Office) -> None:
    await office.queue(Notices(slack=("C1",)))
    await office.look()
    row = await office.row()
    assert (row["status"], row["error"]) == ("withheld", "Slack is not connected.")


async def test_people_do_not_hear_of_what_is_over(office: Office) -> None:
    await office.queue(status="resolved")
    await office.look()
    assert (await office.row())["status"] == "withheld"
    assert not office.mail.tried


@pytest.mark.parametrize(("has", "sends"), [("theirs-1", 1), (None, 2)])
async def test_when_nobody_knows_the_receiver_is_asked_before_it_is_sent_again(
    office: Office, has: str | None, sends: int
) -> None:
    office.mail.script = [TimeoutError("no answer, and perhaps somebody's words")]
    await office.queue()
    await office.look()
    row = await office.row()
    assert (row["status"], row["error"]) == ("unknown", "No answer (TimeoutError).")
    office.mail.has = has
    await office.look(1)
    assert len(office.mail.tried) == sends
    row = await office.row()
    assert (row["status"], row["reference"]) == ("sent", has or "theirs-2")


async def test_what_a_dead_process_left_is_taken_up_once_its_time_is_over(office: Office) -> None:
    await office.queue()
    store = SqlNotifications(office.database)
    [left] = await store.due(office.clock.now(), 10)
    assert await store.sending(left, office.notifying()._in(LEASE_SECONDS))
    assert not await store.sending(left, office.notifying()._in(LEASE_SECONDS)), "two processes, one sends"
    await office.look(LEASE_SECONDS / 60 - 0.1)
    assert not office.mail.tried
    await office.look(0.2)
    await office.look(10)
    assert len(office.mail.tried) == 1
    assert (await office.row())["status"] == "sent"


async def test_one_target_that_fails_holds_nobody_else_back(office: Office) -> None:
    office.mail.script = [RuntimeError("a bug")]
    await office.queue(Notices(email=("a@example.com", "b@example.com")))
    await office.look()
    async with office.database.read() as connection:
        found = list(
            (await connection.execute(sa.select(notifications.c.status).order_by(notifications.c.id))).scalars()
        )
    assert sorted(found) == ["sent", "unknown"]
