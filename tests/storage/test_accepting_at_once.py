"""PostgreSQL: a known customer's message is one statement, and keeps what a transaction kept."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.storage.engine import Database
from bot.storage.store import SqlStore
from bot.storage.tables import contacts, conversations, inbox
from channels.contract import Inbound
from tests.backends import Backend
from tests.storage.test_accepting import LATER, NOON, said
from tests.storage.test_waiting_for_each_other import somebody_waits
from tests.storage.ways import ways

OF_ONE = ("id", "contact_id", "conversation_id", "address", "message_id")
"""Columns that say which customer it is."""


@pytest.fixture
def backend(grown: Backend) -> Backend:
    """PostgreSQL alone."""
    return grown


async def test_a_known_customers_message_is_one_way_to_the_server(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await SqlStore(database).accept(said(1), NOON)
    asked = ways(monkeypatch)
    accepted = await SqlStore(database).accept(said(2), LATER)
    assert asked == ["WITH"]
    assert (accepted.fresh, accepted.message) == (True, 2)


@pytest.mark.parametrize(
    ("channel", "expected"),
    [("telegram", ["WITH", "WITH"]), ("sms", ["WITH", "BEGIN", "SELECT", "WITH", "COMMIT"])],
    ids=["a chat", "a number, which is held"],
)
async def test_somebody_new_is_met_in_few_ways(
    database: Database, monkeypatch: pytest.MonkeyPatch, channel: str, expected: list[str]
) -> None:
    asked = ways(monkeypatch)
    accepted = await SqlStore(database).accept(said(1, channel=channel), NOON)
    assert asked == expected
    assert (accepted.fresh, accepted.conversation, accepted.message) == (True, 1, 1)


@pytest.mark.parametrize("language", [None, "pl"])
async def test_somebody_new_is_met_as_in_a_transaction(
    database: Database, monkeypatch: pytest.MonkeyPatch, language: str | None
) -> None:
    message = Inbound("twilio", "sms", "m", "+49", "hi", name="Ada", language=language, extra={"call": "CA1"})
    for who in ("1", "2"):
        if who == "2":
            monkeypatch.setattr(Database, "in_one", False)
        await SqlStore(database, "de").accept(replace(message, message_id=who, address=who), NOON)
    for table in (contacts, conversations, inbox):
        async with database.read() as connection:
            rows = (await connection.execute(sa.select(table).order_by(table.c.id))).mappings().all()
        first, second = [{name: row[name] for name in dict(row) if name not in OF_ONE} for row in rows]
        assert first == second, table.name


async def test_the_same_number_on_another_channel_is_the_same_contact(database: Database) -> None:
    store = SqlStore(database)
    for number, channel in enumerate(("sms", "whatsapp", "web")):
        await store.accept(said(number, "+493090182000", channel), NOON)
    async with database.read() as connection:
        whose = list((await connection.execute(sa.select(conversations.c.contact_id))).scalars())
    assert whose[0] == whose[1] != whose[2], "a number that a web page gives proves nothing"


async def test_somebody_new_who_writes_fifty_times_at_once(database: Database, other: Database) -> None:
    stores = [SqlStore(database), SqlStore(other)]
    accepted = await asyncio.gather(*(stores[number % 2].accept(said(number // 2), NOON) for number in range(100)))
    rows = await _rows(database)
    assert sorted(name for _, name, _ in rows) == sorted(f"m{number}" for number in range(50))
    assert len({conversation for _, _, conversation in rows}) == 1
    assert sum(answer.fresh for answer in accepted) == 50
    async with database.read() as connection:
        assert (await connection.execute(sa.select(sa.func.count()).select_from(contacts))).scalar() == 1


async def test_everything_of_the_message_is_kept(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ada's are statements, Bob's, which are the same, transactions."""
    full = said(1)
    full = replace(full, extra={"call": "CA1", "a": 1}, picked={"value": "x"}, reference="r")
    for who in ("ada", "bob"):
        if who == "bob":
            monkeypatch.setattr(Database, "in_one", False)
        store = SqlStore(database)
        for number, message in enumerate((said(0), full, said(2))):
            await store.accept(replace(message, message_id=f"{who}{number}", address=who), NOON)
        await store.accept_handled(replace(full, message_id=f"{who}3", address=who), LATER)
    for table in (conversations, inbox):
        async with database.read() as connection:
            rows = (await connection.execute(sa.select(table).order_by(table.c.id))).mappings().all()
        plain = [{name: row[name] for name in dict(row) if name not in OF_ONE} for row in rows]
        half = len(plain) // 2
        assert plain[:half] == plain[half:], table.name


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
