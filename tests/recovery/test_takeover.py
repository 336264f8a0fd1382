"""One person at a time, and the bot only when nobody has the conversation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversation.delivery import Delivery
from bot.conversation.live import InProcessEvents
from bot.errors import ConductorError
from bot.recovery.desk import around_the_clock
from bot.recovery.takeover import Takeover
from bot.storage import letters
from bot.storage.engine import Database
from bot.storage.outbox import SqlOutbox
from bot.storage.store import SqlStore
from bot.storage.tables import case_clocks, cases, inbox, outbox, responses
from bot.storage.takeover import SqlTakeoverStore
from channels.contract import Inbound, Outbound
from tests.doubles import NOON, FrozenClock, RecordingSender


@asynccontextmanager
async def alone(_conversation: int) -> AsyncIterator[None]:
    yield


@pytest.fixture
async def takeover(database: Database) -> Any:
    await SqlStore(database).ensure_conversation(Inbound("web", "web", "", "ada", ""), NOON)
    made = Takeover(
        SqlTakeoverStore(database), around_the_clock(), FrozenClock(), InProcessEvents(), alone, lambda _: None
    )
    made.database = database  # type: ignore[attr-defined]
    return made


async def test_two_agents_race_one_wins_and_the_other_is_told_who(takeover: Any) -> None:
    results = await asyncio.gather(takeover.claim(1, "Kim"), takeover.claim(1, "Lee"), return_exceptions=True)
    refused = [r for r in results if isinstance(r, ConductorError)]
    winner = (await takeover._store.held(1)).agent
    assert len(refused) == 1
    assert winner in str(refused[0])


async def test_claiming_again_is_no_error(takeover: Any) -> None:
    await takeover.claim(1, "Kim")
    await takeover.claim(1, "Kim")
    assert (await takeover._store.held(1)).agent == "Kim"


@pytest.mark.parametrize("agent", ["Lee", "", "x" * 121])
async def test_only_the_owner_may_send(takeover: Any, agent: str) -> None:
    await takeover.claim(1, "Kim")
    with pytest.raises(ConductorError):
        await takeover.reply(1, agent, "Hello")
    async with takeover.database.read() as connection:
        assert (await connection.execute(sa.select(sa.func.count()).select_from(outbox))).scalar() == 0


async def test_an_empty_reply_is_refused(takeover: Any) -> None:
    await takeover.claim(1, "Kim")
    with pytest.raises(ConductorError, match="nothing to send"):
        await takeover.reply(1, "Kim", "  ")


async def test_hand_back_says_so_and_asks_nothing_when_no_question_waits(takeover: Any) -> None:
    await takeover.claim(1, "Kim")
    await takeover.hand_back(1, "Kim")
    held = await takeover._store.held(1)
    assert (held.owner, held.agent) == ("bot", None)
    async with takeover.database.read() as connection:
        assert (await connection.execute(sa.select(sa.func.count()).select_from(outbox))).scalar() == 1
        assert (await connection.execute(sa.select(sa.func.count()).select_from(inbox))).scalar() == 0


async def test_an_unknown_conversation_is_an_error_with_a_sentence(takeover: Any) -> None:
    with pytest.raises(ConductorError, match="no conversation 99"):
        await takeover.claim(99, "Kim")


async def test_a_case_follows_the_agent_who_has_the_conversation(takeover: Any) -> None:
    case = {"conversation_id": 1, "channel": "web", "reason": "asked", "team": "care", "priority": "high"}
    async with takeover.database.write() as connection:
        await connection.execute(sa.insert(cases).values(**case, opened_at=NOON, due_at=NOON))
    await takeover.claim(1, "Kim")
    await takeover.hand_back(1, "Kim")
    await takeover.claim(1, "Lee")
    async with takeover.database.read() as connection:
        assert (await connection.execute(sa.select(cases.c.agent))).scalar() == "Lee"


async def test_a_clock_that_struck_during_a_takeover_is_not_written_for_again(
    takeover: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqlStore(takeover.database)
    times = {"started_at": NOON, "expires_at": NOON, "timeout_at": NOON}
    facts = {"survey_key": "nps", "fingerprint": "f", "touchpoint": "t", "channel": "web", "language": "en"}
    async with takeover.database.write() as connection:
        await connection.execute(
            sa.insert(responses).values(**facts, **times, conversation_id=1, status="active", session="{}")
        )
    assert await store.due_timers(NOON) == 2

    def refuse() -> None:
        raise AssertionError("a writing transaction every second for nothing")

    monkeypatch.setattr(takeover.database, "write", refuse)
    monkeypatch.setattr(store._database, "write", refuse)
    assert await store.due_timers(NOON) == 0


async def test_a_question_that_waits_to_be_sent_is_withheld_when_a_person_takes_over(takeover: Any) -> None:
    async with takeover.database.write() as connection:
        said = [Outbound(text="Sorry!", role="notice"), Outbound(text="What went wrong?", role="question")]
        await letters.put(connection, 1, None, said, NOON)
    await takeover.claim(1, "Kim")
    async with takeover.database.read() as connection:
        found = (await connection.execute(sa.select(outbox.c.role, outbox.c.status).order_by(outbox.c.id))).all()
    assert [tuple(row) for row in found] == [("notice", "queued"), ("question", "withheld")]


async def sending(takeover: Any) -> tuple[Delivery, RecordingSender, FrozenClock]:
    """What sends letters, as it is after a start."""
    sender, clock = RecordingSender(), takeover._clock
    delivery = Delivery(SqlOutbox(takeover.database), {"web": sender}, clock, InProcessEvents())
    await delivery.recover()
    return delivery, sender, clock


async def test_a_reply_that_is_held_leaves_after_its_time_once(takeover: Any) -> None:
    await takeover.claim(1, "Kim")
    await takeover.reply(1, "Kim", "I am sorry.", hold=5)
    delivery, sender, clock = await sending(takeover)
    await delivery.drain()
    assert sender.taken == []
    clock.forward(0.1)
    await delivery.drain()
    await delivery.drain()
    assert [message.text for _, message in sender.taken] == ["I am sorry."]


async def test_a_crash_while_a_reply_is_held_loses_nothing_and_sends_nothing_twice(takeover: Any) -> None:
    await takeover.claim(1, "Kim")
    await takeover.reply(1, "Kim", "I am sorry.", hold=5)
    first, _, clock = await sending(takeover)
    await first.drain()
    clock.forward(1)
    after_the_crash, sender, _ = await sending(takeover)
    await after_the_crash.drain()
    await after_the_crash.drain()
    assert [message.text for _, message in sender.taken] == ["I am sorry."]


async def test_a_held_reply_can_be_taken_back_and_it_is_the_agents_turn_again(takeover: Any) -> None:
    await takeover.claim(1, "Kim")
    letter = await takeover.reply(1, "Kim", "I am sorry.", hold=5)
    assert await takeover.withdraw(1, "Kim", letter) == "I am sorry."
    delivery, sender, clock = await sending(takeover)
    clock.forward(1)
    await delivery.drain()
    assert sender.taken == []
    async with takeover.database.read() as connection:
        [case] = (await connection.execute(sa.select(cases))).mappings().all()
        running = set((await connection.execute(sa.select(case_clocks.c.kind))).scalars())
    assert (case["status"], case["first_response_at"]) == ("waiting_for_us", None)
    assert {"first_response_risk", "first_response_missed", "agent_idle"} <= running, "nobody has answered yet"


@pytest.mark.parametrize(("agent", "minutes"), [("Lee", 0), ("Kim", 1)])
async def test_neither_somebody_else_nor_somebody_late_takes_it_back(takeover: Any, agent: str, minutes: int) -> None:
    await takeover.claim(1, "Kim")
    letter = await takeover.reply(1, "Kim", "I am sorry.", hold=5)
    takeover._clock.forward(minutes)
    with pytest.raises(ConductorError):
        await takeover.withdraw(1, agent, letter)
    async with takeover.database.read() as connection:
        assert (await connection.execute(sa.select(outbox.c.status))).scalar() == "queued"


async def test_what_follows_a_held_reply_waits_for_it(takeover: Any) -> None:
    """Resolved within the five seconds: the bot's notice comes after the agent's last words."""
    await takeover.claim(1, "Kim")
    await takeover.reply(1, "Kim", "Goodbye.", hold=5)
    await takeover.hand_back(1, "Kim")
    delivery, sender, clock = await sending(takeover)
    await delivery.drain()
    assert sender.taken == []
    clock.forward(0.1)
    await delivery.drain()
    assert [message.role for _, message in sender.taken] == ["agent", "notice"]


async def test_a_reply_that_is_too_long_is_refused_before_it_is_kept(takeover: Any) -> None:
    await takeover.claim(1, "Kim")
    with pytest.raises(ConductorError, match="4001 characters of at most 4000"):
        await takeover.reply(1, "Kim", "x" * 4001)
