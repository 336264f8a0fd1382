"""PostgreSQL: a plain turn is one statement, and keeps what a transaction kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversation.ports import Stale
from bot.conversation.state import FaqEvent, NewResponse, Outcome
from bot.storage.engine import Database
from bot.storage.store import SqlStore
from bot.storage.tables import answers, cases, conversations, faq_events, inbox, outbox, responses
from bot.storage.turn_at_once import WRITTEN, plain
from bot.storage.turn_writing import write_turn
from channels.contract import Inbound, Outbound
from survey_flows.effects import Recorded
from tests.backends import Backend
from tests.storage.test_waiting_for_each_other import somebody_waits
from tests.storage.ways import ways

NOON, LATER = "2026-01-05T12:00:00+00:00", "2026-01-05T12:01:00+00:00"
NEW = NewResponse("nps", "1", "shop", "en", anonymous=False, expires_at=LATER, invitation_id=None)
TABLES = (inbox, conversations, responses, answers, faq_events, outbox, cases)


@pytest.fixture
def backend(grown: Backend) -> Backend:
    """PostgreSQL alone."""
    return grown


async def surveyed(database: Database, who: str = "ada") -> Outcome:
    """The turn of an answer inside a survey, which is to be written."""
    store = SqlStore(database)
    here = (await store.accept(Inbound("web", "web", f"{who}1", who, "hi"), NOON)).conversation
    begun = Outcome(*(await store.next_message(here) or pytest.fail("no message")), NOON)
    begun.new_response, begun.session = NEW, "{}"
    await store.commit(begun)
    return answered(await asked(database, here, f"{who}2"))


async def asked(database: Database, here: int, name: str) -> Outcome:
    """A message that comes next, and the conversation as it stands: nothing is decided."""
    store = SqlStore(database)
    who = name.rstrip("0123456789")
    await store.accept(Inbound("web", "web", name, who, "9"), LATER)
    return Outcome(*(await store.next_message(here) or pytest.fail("no message")), LATER)


def answered(outcome: Outcome) -> Outcome:
    outcome.session, outcome.timeout_at, outcome.tracker = '{"at": "why"}', LATER, "t"
    outcome.recorded = [Recorded("score", "score", "nps", 9, "9", "nps", 9.0, "promoter")]
    outcome.outbox = [Outbound("Thanks!"), Outbound("Why?", role="question")]
    outcome.understood = {"intent": "answer"}
    return outcome


def questioned(outcome: Outcome) -> Outcome:
    """An FAQ, in the middle of the survey."""
    outcome.outbox = [Outbound("At nine.", role="faq"), Outbound("Why?", role="question")]
    outcome.faq = [FaqEvent("answered", "hours", "en", "web", 0.9), FaqEvent("asked", "hours", "en", "web")]
    outcome.pending, outcome.guesses, outcome.tracker = ("helped", "hours"), (("a", "b"),), "t"
    outcome.language_offer, outcome.language_chosen = "de", True
    return outcome


def skipped(outcome: Outcome) -> Outcome:
    outcome.session, outcome.recorded = "{}", [Recorded("why", "why", "text", None, "", skipped=True)]
    return outcome


def silent(outcome: Outcome) -> Outcome:
    return outcome


async def written(database: Database) -> dict[str, list[dict[str, Any]]]:
    async with database.read() as connection:
        found = {}
        for table in TABLES:
            rows = await connection.execute(sa.select(table).order_by(table.c.id))
            found[table.name] = [dict(row) for row in rows.mappings()]
        return found


@pytest.mark.parametrize("decide", [answered, questioned, skipped, silent])
async def test_it_writes_what_the_transaction_writes(database: Database, decide: Callable[[Outcome], Outcome]) -> None:
    """Ada's turn is one statement, Bob's, which is the same, many."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for who in ("ada", "bob"):
        outcome = await surveyed(database, who)
        outcome = decide(replace(outcome, **{name: _fresh(name) for name in WRITTEN - _GIVEN}))
        assert plain(outcome) is not None
        if who == "ada":
            await SqlStore(database).commit(outcome)
        else:
            async with database.fast_write() as connection:
                await write_turn(connection, outcome)
    found = await written(database)
    for name, both in found.items():
        rows[name] = [{key: value for key, value in row.items() if not _of_one(key)} for row in both]
        half = len(both) // 2
        assert rows[name][:half] == rows[name][half:], name
    assert [row["status"] for row in found["inbox"]] == ["done"] * 4
    begun, heard = [row["id"] for row in found["responses"]], [row["id"] for row in found["inbox"][1::2]]
    assert [row["response_id"] for row in found["conversations"]] == begun
    assert [row["response_id"] for row in found["answers"]] == begun[: len(found["answers"])]
    assert [row["inbox_id"] for row in found["answers"]] == heard[: len(found["answers"])]
    assert {row["inbox_id"] for row in found["outbox"]} in (set(heard), set())
    letters = [row["position"] for row in found["outbox"]]
    assert letters == [*range(len(outcome.outbox))] * 2


_GIVEN = {"message", "conversation", "now"}


def _fresh(name: str) -> Any:
    return getattr(Outcome(None, None, ""), name)  # type: ignore[arg-type]


def _of_one(column: str) -> bool:
    """Whether it says which customer it is."""
    return column in ("id", "message_id", "address") or column.endswith("_id")


async def test_an_answer_is_one_way_to_the_server(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = await surveyed(database)
    said = ways(monkeypatch)
    await SqlStore(database).commit(outcome)
    assert said == ["WITH"]


async def test_who_comes_late_writes_nothing(database: Database) -> None:
    outcome = await surveyed(database)
    await SqlStore(database).commit(outcome)
    once = await written(database)
    await SqlStore(database).commit(outcome)
    assert await written(database) == once


async def test_where_the_conversation_is_another_one_nothing_is_written(database: Database) -> None:
    outcome = await surveyed(database)
    await _changed(database, version=conversations.c.version + 1)
    before = await written(database)
    with pytest.raises(Stale):
        await SqlStore(database).commit(outcome)
    assert await written(database) == before


async def _changed(database: Database, **values: Any) -> None:
    async with database.write() as connection:
        await connection.execute(sa.update(conversations).values(**values))


async def test_a_message_that_comes_meanwhile_is_waited_for_and_changes_nothing(
    database: Database, other: Database
) -> None:
    """PostgreSQL looks again at a row that it waited for: with what the statement found before."""
    outcome = await surveyed(database)
    async with database.write() as holding:
        await holding.execute(sa.update(conversations).values(last_inbound_at="later still"))
        writing = asyncio.create_task(SqlStore(other).commit(outcome))
        await somebody_waits(database)
    await writing
    found = await written(database)
    assert found["conversations"][0]["last_inbound_at"] == "later still"
    assert [row["status"] for row in found["inbox"]] == ["done", "done"]
    assert (len(found["answers"]), len(found["outbox"])) == (1, 2)


async def test_it_locks_the_conversation_before_the_message(database: Database, other: Database) -> None:
    """In the one order (`fence.py`): a deletion has the conversation already, and wants its messages next."""
    outcome = await surveyed(database)
    async with database.write() as holding:
        await holding.execute(sa.update(conversations).values(version=conversations.c.version + 1))
        writing = asyncio.create_task(SqlStore(other).commit(outcome))
        await somebody_waits(database)
        await holding.execute(sa.update(inbox).values(text=""))
    with pytest.raises(Stale, match="since it was read"):
        await writing
    assert [row["status"] for row in (await written(database))["inbox"]] == ["done", "new"]


async def test_a_person_who_takes_over_meanwhile_is_met(database: Database, other: Database) -> None:
    outcome = await surveyed(database)
    async with database.write() as holding:
        taken = {"owner": "human", "version": conversations.c.version + 1}
        await holding.execute(sa.update(conversations).values(**taken))
        writing = asyncio.create_task(SqlStore(other).commit(outcome))
        await somebody_waits(database)
    with pytest.raises(Stale):
        await writing
    found = await written(database)
    assert [row["status"] for row in found["inbox"]] == ["done", "new"]
    assert (found["answers"], found["outbox"]) == ([], [])


@pytest.mark.parametrize("became", ["done", "parked"])
async def test_a_message_that_another_one_finishes_meanwhile_is_not_written(
    database: Database, other: Database, became: str
) -> None:
    outcome = await surveyed(database)
    async with database.write() as holding:
        mine = sa.update(inbox).where(inbox.c.id == outcome.message.id)
        await holding.execute(mine.values(status=became))
        writing = asyncio.create_task(SqlStore(other).commit(outcome))
        await somebody_waits(database)
    await writing
    found = await written(database)
    assert [row["status"] for row in found["inbox"]] == ["done", became]
    assert (found["answers"], found["outbox"]) == ([], [])
    assert found["conversations"][0]["tracker"] is None


async def test_two_processes_write_the_same_turn_once(database: Database, other: Database) -> None:
    outcome = await surveyed(database)
    both = (SqlStore(database), SqlStore(other))
    ended = await asyncio.gather(*(store.commit(outcome) for store in both * 10), return_exceptions=True)
    assert [end for end in ended if end is not None and not isinstance(end, Stale)] == []
    found = await written(database)
    assert (len(found["answers"]), len(found["outbox"])) == (1, 2)


async def test_a_broken_row_takes_everything_back(database: Database) -> None:
    outcome = await surveyed(database)
    before = await written(database)
    outcome.outbox = [Outbound("Thanks!", role="a role that is longer than its column")]
    with pytest.raises(sa.exc.DBAPIError):
        await SqlStore(database).commit(outcome)
    assert await written(database) == before


NOT_PLAIN: dict[str, Any] = {
    "withdrawn": ["score"],
    "new_response": NEW,
    "cases": ["case"],
    "quotas": ["quota"],
    "owner": "bot",
    "agent": "Kim",
    "language": "de",
    "opted_out": False,
    "forget_contact": True,
    "invitation_sent": 1,
    "invitation_skipped": (1, "why"),
    "offered": "offer",
    "move_to": "sms",
    "error": "why",
    "parked": True,
    "redeemed": 1,
    "aside": True,
    "idle_minutes": 5,
    "held_until": LATER,
    "wait": "person_has_it",
}
"""A value for everything that takes more than one statement."""


def test_whatever_a_turn_can_change_is_written_or_is_not_plain() -> None:
    assert WRITTEN | NOT_PLAIN.keys() == {one.name for one in fields(Outcome)}


@pytest.mark.parametrize("name", NOT_PLAIN)
async def test_other_turns_are_transactions(database: Database, name: str) -> None:
    assert plain(replace(await surveyed(database), **{name: NOT_PLAIN[name]})) is None


ASK_MORE = {
    "an answer that replaces one": {"recorded": [Recorded("s", "s", "nps", 9, "9", replaced=True)]},
    "words that belong to a case": {"recorded": [Recorded("w", "w", "text", "slow", "slow")]},
    "an address for the answer": {"recorded": [Recorded("a", "a", "contact", "a@b.c", "a@b.c")]},
    "a response that is over": {"response_status": "completed"},
    "many letters": {"outbox": [Outbound("a")] * 4},
}


@pytest.mark.parametrize("what", ASK_MORE)
async def test_what_has_to_look_further_is_a_transaction(database: Database, what: str) -> None:
    assert plain(replace(await surveyed(database), **ASK_MORE[what])) is None


async def test_a_clock_a_joined_message_and_a_persons_conversation_are_transactions(database: Database) -> None:
    outcome = await surveyed(database)
    clock = replace(outcome, message=replace(outcome.message, kind="timeout"))
    joined = replace(outcome, message=replace(outcome.message, parts=(7,)))
    persons = replace(outcome, conversation=replace(outcome.conversation, owner="human"))
    assert [plain(one) for one in (clock, joined, persons)] == [None] * 3
