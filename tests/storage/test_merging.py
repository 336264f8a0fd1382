"""Two contacts become one: nothing is lost, an opt-out stays one, and two external ids are two people for ever."""

from __future__ import annotations

import random
from typing import Any

import pytest
import sqlalchemy as sa

from bot.outreach.linking import Linking
from bot.storage.engine import Database
from bot.storage.links import SqlLinks, redeem
from bot.storage.merging import TwoPeople, _pointers, merge
from bot.storage.tables import cases, contacts, inbox, invitations, link_codes, metadata
from tests.doubles import NOON
from tests.storage.seeding import DAY, Seed

LATER = "2026-11-24T12:00:00+00:00"


async def rows(database: Database, table: sa.Table) -> list[dict[str, Any]]:
    async with database.read() as connection:
        return [dict(row) for row in (await connection.execute(sa.select(table).order_by(table.c.id))).mappings()]


async def customer(seed: Seed, database: Database, **values: Any) -> tuple[int, int]:
    """A contact with something in every table that can point to it."""
    contact, conversation = made = await seed.customer(name=None)
    response = await seed.response(made)
    await seed.answer(response, 3)
    await seed.invitation(made, DAY)
    case = {"team": "care", "priority": "high", "reason": "score", "channel": "sms", "opened_at": NOON, "due_at": NOON}
    await seed.insert(cases, contact_id=contact, conversation_id=conversation, response_id=response, **case)
    await seed.insert(link_codes, digest=f"{contact:064}", contact_id=contact, created_at=NOON, expires_at=NOON)
    if values:
        async with database.write() as connection:
            await connection.execute(sa.update(contacts).where(contacts.c.id == contact).values(**values))
    return contact, conversation


async def join(database: Database, keep: int, gone: int) -> None:
    async with database.write() as connection:
        await merge(connection, keep, gone)


async def whose(database: Database) -> dict[str, list[Any]]:
    """For each column that points to a contact, whom it points to."""
    async with database.read() as connection:
        return {
            f"{column.table.name}.{column.name}": [
                row[0] for row in await connection.execute(sa.select(column).order_by(column.table.c.id))
            ]
            for column in _pointers()
        }


async def test_everything_goes_over(database: Database) -> None:
    seed = Seed(database)
    keep, _ = await customer(seed, database)
    gone, _ = await customer(seed, database)
    before = {table.name: len(await rows(database, table)) for table in metadata.tables.values() if "id" in table.c}

    await join(database, keep, gone)

    after = {table.name: len(await rows(database, table)) for table in metadata.tables.values() if "id" in table.c}
    assert after == {**before, "contacts": 1}
    pointing = await whose(database)
    assert {"conversations.contact_id", "responses.contact_id", "invitations.contact_id", "cases.contact_id"} <= set(
        pointing
    )
    assert {tuple(ids) for ids in pointing.values()} == {(keep, keep)}


@pytest.mark.parametrize(
    ("stays", "goes", "together"),
    [
        ({"opted_out_at": NOON}, {}, {"opted_out_at": NOON}),
        ({}, {"opted_out_at": NOON}, {"opted_out_at": NOON}),
        ({"opted_out_at": LATER}, {"opted_out_at": NOON}, {"opted_out_at": NOON}),
        ({}, {}, {"opted_out_at": None, "external_id": None}),
        ({"external_id": "C-1"}, {}, {"external_id": "C-1"}),
        ({}, {"external_id": "C-2"}, {"external_id": "C-2"}),
        ({"name": "Ada"}, {"name": "A."}, {"name": "Ada"}),
        ({}, {"name": "Ada", "language": "de"}, {"name": "Ada"}),
        ({"attributes": '{"a": 1}'}, {"attributes": '{"a": 2, "b": "é"}'}, {"attributes": '{"a": 1, "b": "é"}'}),
    ],
)
async def test_what_is_known_of_both(
    database: Database, stays: dict[str, Any], goes: dict[str, Any], together: dict[str, Any]
) -> None:
    seed = Seed(database)
    keep, _ = await customer(seed, database, **stays)
    gone, _ = await customer(seed, database, **goes)
    await join(database, keep, gone)
    [one] = await rows(database, contacts)
    assert {name: one[name] for name in together} == together


async def test_two_external_ids_are_never_merged(database: Database) -> None:
    seed = Seed(database)
    keep, _ = await customer(seed, database, external_id="C-1")
    gone, _ = await customer(seed, database, external_id="C-2")
    before = await rows(database, contacts), await whose(database)
    with pytest.raises(TwoPeople):
        await join(database, keep, gone)
    assert (await rows(database, contacts), await whose(database)) == before


async def test_whatever_is_merged_in_whatever_order(database: Database) -> None:
    """Twelve contacts, some known by external ids, some opted out; forty attempts at random."""
    seed, dice = Seed(database), random.Random(7)
    people = {}
    for number in range(12):
        values = {
            "external_id": f"C-{number}" if number % 3 == 0 else None,
            "opted_out_at": NOON if number % 5 == 0 else None,
        }
        _, conversation = await customer(seed, database, **values)
        people[conversation] = values
    before = {table.name: len(await rows(database, table)) for table in (cases, invitations, link_codes, inbox)}
    refused = 0
    for _ in range(40):
        alive = [row["id"] for row in await rows(database, contacts)]
        try:
            await join(database, dice.choice(alive), dice.choice(alive))
        except TwoPeople:
            refused += 1
    left = {row["id"]: row for row in await rows(database, contacts)}
    assert refused > 0
    assert sorted(row["external_id"] for row in left.values() if row["external_id"]) == ["C-0", "C-3", "C-6", "C-9"]
    owners = dict(zip(people, (await whose(database))["conversations.contact_id"], strict=True))
    for conversation, values in people.items():
        owner = left[owners[conversation]]
        assert owner["opted_out_at"] or not values["opted_out_at"]
        assert values["external_id"] in (None, owner["external_id"])
    assert {table.name: len(await rows(database, table)) for table in (cases, invitations, link_codes, inbox)} == before


async def test_a_code_is_redeemed_once_and_its_survey_is_the_next_message(database: Database) -> None:
    seed = Seed(database)
    known, _ = await customer(seed, database, external_id="C-1")
    _, there = await customer(seed, database)
    store = SqlLinks(database)
    linking = Linking(store, lambda size: bytes(size))
    code, until = await linking.make(known, "delivery_nps", 30, NOON)
    found = await linking.look(code, "", there, NOON)

    assert found is not None
    assert found.code is not None
    assert (found.phrase, until) == ("linked", "2026-12-23T12:00:00+00:00")
    async with database.write() as connection:
        await redeem(connection, found.code, there, NOON)
    again = await linking.look(code, "", there, NOON)
    assert again is not None
    assert (again.phrase, again.code) == ("link_already", None)
    with pytest.raises(RuntimeError, match="somebody else"):
        async with database.write() as connection:
            await redeem(connection, found.code, there, NOON)
    waiting = [row for row in await rows(database, inbox) if row["status"] == "new" and row["conversation_id"] == there]
    assert [row["kind"] for row in waiting][-1] == "invite"
    assert [row["id"] for row in await rows(database, contacts)] == [known]


async def test_no_code_is_stored(database: Database) -> None:
    known, _ = await customer(Seed(database), database)
    code, _ = await Linking(SqlLinks(database), lambda size: b"\x37" * size).make(known, None, 30, NOON)
    assert code.replace("-", "") not in str(await rows(database, link_codes))
