"""A held reply is taken back, or it leaves: never both."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa

from bot.storage import letters
from bot.storage.engine import Database
from bot.storage.tables import conversations, outbox
from bot.storage.takeover import SqlTakeoverStore
from channels.contract import Outbound
from tests.storage.seeding import Seed

NOW, LEAVES = "2026-11-22T12:00:09.000000+00:00", "2026-11-22T12:00:10.000000+00:00"
WAITING_SECONDS = 0.5
"""So long nothing may come of what waits for a lock."""


async def test_what_leaves_in_this_moment_is_not_called_taken_back(database: Database) -> None:
    _, here = await Seed(database).customer()
    async with database.write() as connection:
        await connection.execute(sa.update(conversations).values(owner="human", agent="Dana"))
        hello = Outbound("Hello", role="agent", sender="Dana")
        letter = await letters.put_one(connection, here, hello, LEAVES, NOW)

    async with database.write() as connection:  # a worker, whose clock is a second ahead
        await connection.execute(sa.update(outbox).values(status="sending"))
        undo = asyncio.create_task(SqlTakeoverStore(database).withdraw(here, "Dana", letter, LEAVES, NOW))
        assert not (await asyncio.wait([undo], timeout=WAITING_SECONDS))[0]

    assert await undo is None
