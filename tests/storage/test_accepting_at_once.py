"""PostgreSQL: a known customer's message is one statement, and keeps what a transaction kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from bot.storage.engine import Database
from bot.storage.store import SqlStore
from bot.storage.tables import conversations, inbox
from channels.contract import Inbound
from tests.backends import Backend
from tests.storage.test_accepting import LATER, NOON, said
from tests.storage.test_waiting_for_each_other import somebody_waits
from tests.storage.ways import ways


@pytest.fixture
async def database(grown: Backend) -> AsyncIterator[Database]:
    opened = Database(grown.database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def other(database: Database) -> AsyncIterator[Database]:
    """Of another process."""
    opened = Database(database.url)
    yield opened
    await opened.close()


async def test_a_known_customers_message_is_one_way_to_the_server(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await SqlStore(database).accept(said(1), NOON)
    asked = ways(monkeypatch)
    accepted = await SqlStore(database).accept(said(2), LATER)
    assert asked == ["WITH"]
    assert (accepted.fresh, accepted.message) == (True, 2)


async def test_everything_of_the_message_is_kept(database: Database) -> None:
    store = SqlStore(database)
    full = Inbound(
        "web", "web", "m1", "ada", "Hello", extra={"call": "CA1", "a": 1}, picked={"value": "x"}, reference="r"
    )
    for message in (
        full,
        Inbound("web", "web", "m2", "ada", "Hello"),
        Inbound("web", "web", "m3", "ada", "x", "status"),
    ):
        await store.accept(message, NOON)
    await store.accept_handled(Inbound("web", "web", "m4", "ada", "Hello"), LATER)
    again = Inbound("web", "web", "m5", "ada", "Hello", extra=full.extra, picked=full.picked, reference="r")
    await store.accept(again, LATER)
    async with database.read() as connection:
        rows = (await connection.execute(sa.select(inbox).order_by(inbox.c.id))).mappings().all()
        here = (
            (await connection.execute(sa.select(conversations).where(conversations.c.channel == "web")))
            .mappings()
            .one()
        )
    what = [name for name in dict(rows[0]) if name not in ("id", "message_id", "received_at")]
    assert [rows[4][name] for name in what] == [rows[0][name] for name in what]
    assert [(row["status"], row["done_at"]) for row in rows[:4]] == [*[("new", None)] * 3, ("done", LATER)]
    assert (here["last_inbound_at"], here["call"], here["version"]) == (LATER, "CA1", 0)


async def test_it_is_numbered_when_the_lock_is_held_and_not_before(database: Database, other: Database) -> None:
    """Else it could be seen after one that has a greater number, and be answered after it."""
    store = SqlStore(database)
    first = await store.accept(said(1), NOON)
    await store.accept(said(2, "bob"), NOON)
    async with database.write() as holding:
        mine = sa.update(conversations).where(conversations.c.id == first.conversation)
        await holding.execute(mine.values(language="de"))
        waiting = asyncio.create_task(SqlStore(other).accept(said(3), LATER))
        await somebody_waits(database)
        meanwhile = await store.accept(said(4, "bob"), LATER)
    assert (await waiting).message > meanwhile.message


async def test_fifty_at_once_in_two_processes_each_twice(database: Database, other: Database) -> None:
    first = await SqlStore(database).accept(said(0), NOON)
    both = [SqlStore(database), SqlStore(other)]
    wanted = [(store, said(number)) for number in range(50) for store in (*both, both[number % 2])]
    accepted = await asyncio.gather(*(store.accept(message, LATER) for store, message in wanted))
    rows = await _rows(database)
    assert sorted(name for _, name, _ in rows) == sorted(f"m{number}" for number in range(50))
    assert {conversation for _, _, conversation in rows} == {first.conversation}
    known = {name: number for number, name, _ in rows}
    for (_, message), answer in zip(wanted, accepted, strict=True):
        assert (answer.conversation, answer.message) == (first.conversation, known[message.message_id])
    assert sum(answer.fresh for answer in accepted) == 49, "the first of all was there already"


async def test_a_message_is_seen_only_after_all_with_smaller_numbers(database: Database, other: Database) -> None:
    """Whoever looks while others write never finds one later in front of what it has seen."""
    await SqlStore(database).accept(said(0), NOON)
    writing = [
        asyncio.create_task(SqlStore(there).accept(said(number), LATER))
        for number, there in ((number, (database, other)[number % 2]) for number in range(1, 60))
    ]
    seen: list[int] = []
    while len(seen) < 60:
        found = [number for number, _, _ in await _rows(database)]
        assert found[: len(seen)] == seen
        seen = found
    await asyncio.gather(*writing)


async def _rows(database: Database) -> list[tuple[int, str, int]]:
    query = sa.select(inbox.c.id, inbox.c.message_id, inbox.c.conversation_id).order_by(inbox.c.id)
    async with database.read() as connection:
        return [tuple(row) for row in await connection.execute(query)]
