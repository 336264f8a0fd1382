"""What is asked for every message must not cost more as the tables grow: each question has an index that fits it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from bot.storage.case_list import CaseList, Wanted
from bot.storage.channel_news import look
from bot.storage.engine import Database
from bot.storage.outbox import SqlOutbox
from bot.storage.presence import SqlPresence
from bot.storage.refused import Refused, refused
from bot.storage.store import SqlStore
from tests.backends import Backend

NOW = "2026-11-22T12:00:00.000000+00:00"


async def all_refused(database: Database) -> list[Refused]:
    async with database.fast_read() as connection:  # says the statement in the driver's own words
        return await refused(connection, NOW)


QUESTIONS: dict[str, tuple[Callable[[Database], Awaitable[Any]], str]] = {
    "which conversations have work": (lambda d: SqlStore(d).waiting(NOW), "ix_inbox_status_conversation_id"),
    "a conversation's next message": (lambda d: SqlStore(d).next_message(1), "ix_inbox_status_conversation_id"),
    "what was asked in it today": (lambda d: SqlStore(d).next_message(1), "ix_faq_events_conversation_id_at"),
    "a contact's earlier answers": (lambda d: SqlStore(d).history(1), "ix_responses_contact_id_status"),
    "which letters are due": (lambda d: SqlOutbox(d).due(NOW, 50), "ix_outbox_conversation_id_status"),
    "which letters somebody waits for": (lambda d: SqlOutbox(d).due(NOW, 0), "ix_outbox_awaited"),
    "when the next letter is due": (lambda d: SqlOutbox(d).next_due(), "ix_outbox_conversation_id_status"),
    "which letters are refused": (all_refused, "ix_outbox_tried"),
    "what happened on the channels": (lambda d: look(d, ["telegram"], NOW), "ix_inbox_provider_received_at"),
    "an agent's cases": (lambda d: CaseList(d).page(Wanted("Kim"), NOW), "ix_cases_agent_status"),
    "a team's open cases": (lambda d: CaseList(d).page(Wanted("Kim", ("care",), "all"), NOW), "ix_cases_status_due_at"),
    "how many cases are open": (lambda d: CaseList(d).counts("Kim", None, NOW), "ix_cases_status_due_at"),
    "who has a case open": (lambda d: SqlPresence(d).looking(1, 2, NOW), "ix_presence_case_id"),
    "which clocks have struck": (lambda d: SqlStore(d).due_timers(NOW), "ix_responses_status_timeout_at"),
}


@pytest.fixture
async def sqlite(embedded: Backend) -> AsyncIterator[Database]:
    database = Database(embedded.database_url)
    yield database
    await database.close()


@pytest.mark.about_sqlite("it plans by the indexes alone, so an empty database tells what a full one does")
@pytest.mark.parametrize("question", QUESTIONS)
async def test_an_index_answers(sqlite: Database, question: str) -> None:
    asked: list[tuple[str, Any]] = []
    ask, index = QUESTIONS[question]
    sqlite.on_statement(lambda text, values: asked.append((text, values)))
    await ask(sqlite)
    plan: list[str] = []
    async with sqlite.read() as connection:
        for text, values in list(asked):
            explained = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", tuple(values))
            plan += [row[3] for row in explained]
    assert [step for step in plan if index in step], plan
    assert not [step for step in plan if step.startswith("SCAN")], plan
    if question == "which letters are due":
        assert not [step for step in plan if "TEMP B-TREE" in step], "a campaign would be sorted for every 50 letters"


WAITING: dict[str, tuple[Callable[[Database], Awaitable[Any]], Any]] = {
    "the next letter": (lambda d: SqlOutbox(d).next_due(), "2026000001"),
    "what providers refuse": (all_refused, []),
}


@pytest.mark.parametrize("question", WAITING)
async def test_it_is_found_without_looking_at_all_letters_that_wait(question: str, grown: Backend) -> None:
    """A campaign's letters lie in the queue for hours, and each process asks every second."""
    ask, answer = WAITING[question]
    many = 3000
    grown.execute(f"INSERT INTO contacts (created_at) SELECT '{NOW}' FROM generate_series(1, {many})")
    grown.execute(
        "INSERT INTO conversations (contact_id, provider, channel, address, language, created_at) "
        "SELECT id, 'twilio_sms', 'sms', '+1' || id, 'en', created_at FROM contacts"
    )
    grown.execute(
        "INSERT INTO outbox (conversation_id, role, payload, next_attempt_at, created_at) "
        "SELECT id, 'question', '{}', to_char(id, 'FM2026000000'), created_at FROM conversations"
    )
    grown.execute("ANALYZE")
    database = Database(grown.database_url)
    asked: list[tuple[str, Any]] = []
    database.on_statement(lambda text, values: asked.append((text, values)))
    assert await ask(database) == answer
    await database.close()
    direct = await asyncpg.connect(grown.database_url.replace("+asyncpg", ""))
    [(text, values)] = asked
    plan = json.loads(await direct.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {text}", *values))
    await direct.close()
    assert looked_at(plan[0]["Plan"]) < 20


def looked_at(step: dict[str, Any]) -> float:
    """The most rows that one step of a plan touched."""
    here = (step["Actual Rows"] + step.get("Rows Removed by Filter", 0)) * step["Actual Loops"]
    return max([here, *(looked_at(inner) for inner in step.get("Plans", ()))])
