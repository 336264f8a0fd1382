"""The way of a message past SQLAlchemy's engine gives what the engine gives, on both databases."""

from __future__ import annotations

import asyncio
import gc
import traceback
import weakref
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.storage import prepared
from bot.storage.engine import Database
from bot.storage.tables import answers, contacts, conversations, inbox, responses, surveys

NOW = "2026-11-22T12:00:00.000000+00:00"
SURVEY = {"source": "", "parts": "{}", "published_at": NOW}


async def _filled(database: Database) -> int:
    """Three surveys, one of them not live. Returns the id of the first."""
    async with database.fast_write() as connection:
        made = await connection.execute(sa.insert(surveys).values(key="a", fingerprint="1", live=True, **SURVEY))
        rows = [{"key": key, "fingerprint": "1", "live": key == "b", **SURVEY} for key in "bc"]
        await connection.execute(sa.insert(surveys), rows)
    return int(made.inserted_primary_key[0])


QUESTIONS: dict[str, tuple[Any, dict[str, Any]]] = {
    "values of its own": (sa.select(surveys).where(surveys.c.key == "b"), {}),
    "given values": (sa.select(surveys.c.id, surveys.c.live).where(surveys.c.key == sa.bindparam("k")), {"k": "c"}),
    "a list": (sa.select(surveys.c.key).where(surveys.c.key.in_(["a", "c"])).order_by(surveys.c.key), {}),
    "an empty list": (sa.select(surveys.c.key).where(surveys.c.key.in_([])), {}),
    "booleans": (sa.select(surveys.c.live).where(surveys.c.live.is_(True)).order_by(surveys.c.key), {}),
    "a limit": (sa.select(surveys.c.key).order_by(surveys.c.key.desc()).limit(1), {}),
    "a sum": (sa.select(sa.func.count(), sa.func.coalesce(sa.func.max(surveys.c.key), "none")), {}),
    "a percent sign": (sa.select(surveys.c.key).where(surveys.c.key.like("%a%")), {}),
    "a join": (
        sa.select(answers.c.score, answers.c.skipped).join(responses, responses.c.id == answers.c.response_id),
        {},
    ),
}


@pytest.mark.parametrize("question", QUESTIONS)
async def test_it_answers_as_the_engine_does(database: Database, question: str) -> None:
    await _filled(database)
    statement, given = QUESTIONS[question]
    async with database.read() as slow, database.fast_read() as fast:
        expected = (await slow.execute(statement, given)).mappings().all()
        for _ in range(2):  # compiled, and remembered
            assert (await fast.execute(statement, given)).mappings().all() == expected


async def test_the_same_statement_with_other_values(database: Database) -> None:
    await _filled(database)
    async with database.fast_read() as connection:
        for key in "abc":
            found = await connection.execute(sa.select(surveys.c.key).where(surveys.c.key == key))
            assert found.scalar() == key


async def test_what_is_given_is_set_beside_what_the_statement_says(database: Database) -> None:
    first = await _filled(database)
    statement = sa.update(surveys).where(surveys.c.id == sa.bindparam("here")).values(key=surveys.c.key + "!")
    async with database.fast_write() as connection:
        for given in ({"source": "x"}, {"parts": "y", "live": False}):
            await connection.execute(statement, {"here": first, **given})
        changed = (await connection.execute(sa.select(surveys).where(surveys.c.id == first))).mappings().one()
    assert (changed["key"], changed["source"], changed["parts"], changed["live"]) == ("a!!", "x", "y", False)


async def test_it_counts_what_it_changed(database: Database) -> None:
    first = await _filled(database)
    async with database.fast_write() as connection:
        changed = await connection.execute(sa.update(surveys).where(surveys.c.live.is_(False)).values(live=True))
        nothing = await connection.execute(sa.update(surveys).where(surveys.c.key == "z").values(live=True))
        gone = await connection.execute(sa.delete(surveys).where(surveys.c.id == first))
    assert (changed.rowcount, nothing.rowcount, gone.rowcount) == (1, 0, 1)


async def test_what_fails_leaves_nothing_behind_and_names_no_values(database: Database) -> None:
    first = await _filled(database)
    secret = "somebody's words"

    async def fail() -> None:
        async with database.fast_write() as connection:
            await connection.execute(sa.update(surveys).where(surveys.c.id == first).values(source=secret))
            await connection.execute(sa.insert(surveys).values(key="b", fingerprint="1", live=True, **SURVEY))

    with pytest.raises(IntegrityError) as raised:
        await fail()
    assert secret not in str(raised.value)
    async with database.fast_read() as connection:
        assert (await connection.execute(sa.select(surveys.c.source).where(surveys.c.id == first))).scalar() == ""


@pytest.mark.parametrize("wrong", [{}, {"channel": "a word of a customer's, too long"}, {"created_at": 7}])
async def test_an_error_quotes_nobody(database: Database, wrong: dict[str, Any]) -> None:
    number = "+49301234567"
    async with database.fast_write() as connection:
        contact = (await connection.execute(sa.insert(contacts).values(created_at=NOW))).inserted_primary_key[0]
        there = {"contact_id": contact, "provider": "web", "channel": "sms", "language": "en", "created_at": NOW}
        await connection.execute(sa.insert(conversations).values(**there, address=number))

    async def fail() -> None:
        async with database.fast_write() as connection:
            await connection.execute(sa.insert(conversations).values(**{**there, **wrong}, address=number))
            raise IntegrityError("SQLite takes any word", None, ValueError())

    with pytest.raises(DBAPIError) as raised:
        await fail()
    said = "".join(traceback.format_exception(raised.value))
    assert number not in said
    assert "a customer's" not in said


async def test_somebody_who_gives_up_leaves_nothing_behind(database: Database) -> None:
    first, under_way = await _filled(database), asyncio.Event()

    async def write() -> None:
        async with database.fast_write() as connection:
            await connection.execute(sa.update(surveys).where(surveys.c.id == first).values(source="half"))
            under_way.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write())
    await under_way.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with database.fast_write() as connection:
        assert (await connection.execute(sa.select(surveys.c.source).where(surveys.c.id == first))).scalar() == ""


async def test_a_connection_that_died_is_replaced(database: Database) -> None:
    await _filled(database)
    assert database._fast is not None
    for driven in database._fast._idle:
        await driven.close()
    async with database.fast_read() as connection:
        assert (await connection.execute(sa.select(sa.func.count()).select_from(surveys))).scalar() == 3


async def test_a_statement_made_of_another_is_not_taken_for_it(database: Database) -> None:
    await _filled(database)
    every = sa.select(surveys.c.key).order_by(surveys.c.key)
    async with database.fast_read() as connection:
        assert len((await connection.execute(every)).all()) == 3
        assert len((await connection.execute(every.where(surveys.c.key == "b"))).all()) == 1
        assert len((await connection.execute(every.limit(2))).all()) == 2
        assert len((await connection.execute(every)).all()) == 3


async def test_statements_that_differ_each_time_are_not_kept_for_ever(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "MOST", 5)
    alive: list[weakref.ref[Any]] = []
    async with database.fast_read() as connection:
        for number in range(20):
            statement = sa.select(surveys.c.key).where(surveys.c.key == "b").limit(1)
            statement = statement.with_only_columns(surveys.c.id.label(f"n{number}"))
            await connection.execute(statement)
            alive.append(weakref.ref(statement))
    del statement
    gc.collect()
    assert sum(ref() is not None for ref in alive) <= 5


async def test_more_at_once_than_connections(database: Database) -> None:
    await _filled(database)

    async def ask() -> Any:
        async with database.fast_read() as connection:
            return (await connection.execute(sa.select(sa.func.count()).select_from(surveys))).scalar()

    assert await asyncio.gather(*(ask() for _ in range(40))) == [3] * 40


async def test_references_are_kept(database: Database) -> None:
    orphan = {"provider": "p", "message_id": "1", "received_at": NOW, "conversation_id": 404}

    async def insert() -> None:
        async with database.fast_write() as connection:
            await connection.execute(sa.insert(inbox).values(**orphan))

    with pytest.raises(IntegrityError):
        await insert()
    async with database.fast_read() as connection:
        assert (await connection.execute(sa.select(contacts.c.id).join(conversations))).first() is None
