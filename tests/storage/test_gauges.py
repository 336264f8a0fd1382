"""What `/metrics` reads from the database, on both of them."""

from __future__ import annotations

import sqlalchemy as sa

from bot.storage.engine import Database
from bot.storage.gauges import Gauges, Waiting, gauges
from bot.storage.health import DatabaseHealth, look
from bot.storage.tables import case_clocks, cases, contacts, conversations, inbox, notifications, outbox

NOW = "2026-11-23T12:00:00.000000+00:00"
EARLIER = "2026-11-23T11:58:00.000000+00:00"
LONG_AGO = "2026-11-23T10:59:00.000000+00:00"
LATER = "2026-11-23T13:00:00.000000+00:00"

LETTERS = (
    (1, "queued", EARLIER),
    (1, "queued", LATER),
    (1, "unknown", NOW),
    (2, "queued", LATER),
    (2, "sent", EARLIER),
)


async def test_nothing_waits_in_an_empty_house(database: Database) -> None:
    assert await gauges(database, NOW) == Gauges(cases={"open": 0, "at_risk": 0, "missed": 0})


async def test_what_waits_is_counted_by_channel_and_state(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(sa.insert(contacts).values(id=1, created_at=NOW))
        for number, provider in ((1, "telegram"), (2, "slack")):
            here = {"id": number, "contact_id": 1, "provider": provider, "channel": provider, "address": "a"}
            await connection.execute(sa.insert(conversations).values(**here, language="en", created_at=NOW))
        for number, status in enumerate(("new", "new", "parked", "done"), 1):
            row = {"conversation_id": 1, "provider": "telegram", "message_id": f"m{number}", "status": status}
            await connection.execute(sa.insert(inbox).values(**row, received_at=EARLIER if number == 1 else NOW))
        for here, status, at in LETTERS:
            letter = {"conversation_id": here, "role": "notice", "payload": "{}", "status": status}
            await connection.execute(sa.insert(outbox).values(**letter, next_attempt_at=at, created_at=EARLIER))
    found = await gauges(database, NOW)
    assert (found.inbox, found.parked) == (Waiting(2, EARLIER), {"telegram": 1})
    assert found.letters == {("telegram", "queued"): 2, ("telegram", "unknown"): 1, ("slack", "queued"): 1}
    assert found.due == {"telegram": EARLIER}


async def test_letters_given_up_in_the_last_hour_are_counted_but_to_who_has_opted_out(database: Database) -> None:
    async with database.write() as connection:
        for number, provider, left in ((1, "telegram", None), (2, "slack", NOW)):
            await connection.execute(sa.insert(contacts).values(id=number, created_at=NOW, opted_out_at=left))
            here = {"id": number, "contact_id": number, "provider": provider, "channel": provider, "address": "a"}
            await connection.execute(sa.insert(conversations).values(**here, language="en", created_at=NOW))
            for status, at in (("failed", EARLIER), ("undelivered", NOW), ("failed", LONG_AGO), ("sent", NOW)):
                letter = {"conversation_id": number, "role": "notice", "payload": "{}", "status": status}
                await connection.execute(sa.insert(outbox).values(**letter, next_attempt_at=at, created_at=LONG_AGO))
    assert (await gauges(database, NOW)).failed == {"telegram": 2}


async def test_cases_are_open_at_risk_or_missed(database: Database) -> None:
    common = {"channel": "sms", "reason": "score", "team": "care", "priority": "high", "opened_at": EARLIER}
    kinds = (
        ("new", LATER, None),  # 1: warned, so at risk
        ("new", EARLIER, None),  # 2: missed
        ("assigned", EARLIER, NOW),  # 3: answered in time or not, it is not waiting for a first answer any more
        ("closed", EARLIER, None),  # 4: over
    )
    async with database.write() as connection:
        for number, (status, due, answered) in enumerate(kinds, 1):
            row = {"id": number, "status": status, "due_at": due, "first_response_at": answered}
            await connection.execute(sa.insert(cases).values(**common, **row))
        warned = {"case_id": 1, "kind": "first_response_risk", "at": EARLIER, "struck_at": NOW}
        late = {"case_id": 2, "kind": "unassigned", "at": EARLIER, "struck_at": None}
        to_come = {"case_id": 1, "kind": "first_response_missed", "at": LATER, "struck_at": None}
        await connection.execute(sa.insert(case_clocks), [warned, late, to_come])
        told = {"case_id": 1, "kind": "opened", "target": "t", "next_attempt_at": NOW, "created_at": NOW}
        ways = [{**told, "way": "email", "status": "failed"}, {**told, "way": "slack", "status": "sent"}]
        await connection.execute(sa.insert(notifications), ways)
    found = await gauges(database, NOW)
    assert found.cases == {"open": 3, "at_risk": 1, "missed": 1}
    assert found.clock == EARLIER
    assert found.untold == {("email", "failed"): 1}


async def test_a_schema_older_than_the_code_is_not_ready_a_newer_one_is(database: Database) -> None:
    assert await look(database) == DatabaseHealth(True)
    for revision, pending in (("0001", True), ("9999", False)):
        async with database.write() as connection:
            await connection.execute(sa.text(f"UPDATE alembic_version SET version_num = '{revision}'"))
        assert await look(database) == DatabaseHealth(True, pending)


async def test_a_database_that_is_not_there_is_unreachable() -> None:
    nowhere = Database("postgresql+asyncpg://me:secret@127.0.0.1:1/x")
    assert await look(nowhere) == DatabaseHealth(False)
    await nowhere.close()
