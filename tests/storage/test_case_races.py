"""Two processes at one case at the same moment: what one was told stays true, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa

from bot.conversation.live import InProcessEvents
from bot.recovery import clocks
from bot.recovery.desk import Desk, Team
from bot.recovery.escalation import decide
from bot.recovery.refusals import Refusal
from bot.recovery.takeover import Takeover
from bot.storage.case_clocks import SqlClocks
from bot.storage.casework import SqlCasework
from bot.storage.engine import Database
from bot.storage.tables import case_clocks, cases, conversations, outbox
from bot.storage.takeover import SqlTakeoverStore
from tests.doubles import NOON, FrozenClock
from tests.storage.seeding import Seed

TIMES = 8
"""Races that are run: one alone may happen to go well."""
DESK = Desk({"care": Team("care", unassigned_after=10, next_team="second"), "second": Team("second")}, "care")


@asynccontextmanager
async def _nobody_waits(_conversation: int) -> AsyncIterator[None]:
    """Locks of a process whose Redis is gone."""
    yield


async def one(database: Database, query: Any) -> Any:
    async with database.read() as connection:
        return (await connection.execute(query)).scalar()


async def test_who_is_told_that_a_case_is_theirs_keeps_it_when_its_clock_strikes(database: Database) -> None:
    other, seed = Database(database.url), Seed(database)
    for _ in range(TIMES):
        contact, here = await seed.customer("sms")
        facts = {"contact_id": contact, "conversation_id": here, "channel": "sms", "reason": "asked", "team": "care"}
        case = await seed.insert(cases, **facts, priority="high", opened_at=NOON, due_at=NOON)
        await seed.insert(case_clocks, case_id=case, kind=clocks.UNASSIGNED, at=NOON)
        [due] = [d for d in await SqlClocks(other).due(NOON, 9) if d.case.id == case]
        struck = decide(due.kind, due.case, DESK, NOON)
        assert struck.assignment is not None, "nobody has it: it goes to the next team"

        assigned, _ = await asyncio.gather(
            SqlCasework(database).assign(case, "Kim", NOON), SqlClocks(other).strike(due, struck, NOON)
        )
        assert assigned
        assert await one(database, sa.select(cases.c.agent).where(cases.c.id == case)) == "Kim"
    await other.close()


async def test_two_who_hand_back_at_once_do_it_once(database: Database) -> None:
    other, seed = Database(database.url), Seed(database)
    hands = [
        Takeover(SqlTakeoverStore(each), DESK, FrozenClock(), InProcessEvents(), _nobody_waits, lambda _: None)
        for each in (database, other)
    ]
    for number in range(TIMES):
        _, here = await seed.customer("sms" if number % 2 else "telegram")
        await hands[0].claim(here, "Kim")
        ended = await asyncio.gather(*(hand.hand_back(here, "Kim") for hand in hands), return_exceptions=True)
        assert sorted(type(end).__name__ for end in ended) == ["NoneType", Refusal.__name__]
        mine = sa.select(sa.func.count()).where(outbox.c.conversation_id == here)
        assert await one(database, mine) == 1, "the customer is told once"
    await other.close()


async def test_who_lost_the_conversation_meanwhile_says_nothing_in_it(database: Database) -> None:
    store = SqlTakeoverStore(database)
    hand = Takeover(store, DESK, FrozenClock(), InProcessEvents(), _nobody_waits, lambda _: None)
    _, here = await Seed(database).customer("sms")
    await hand.claim(here, "Kim")
    held = await store.held(here)
    async with database.write() as connection:
        await connection.execute(sa.update(conversations).where(conversations.c.id == here).values(agent="Lee"))

    class Before(SqlTakeoverStore):
        """Reads what was true a moment ago."""

        async def held(self, conversation: int) -> Any:
            return held

    slow = Takeover(Before(database), DESK, FrozenClock(), InProcessEvents(), _nobody_waits, lambda _: None)
    for act in (slow.reply(here, "Kim", "Hello"), slow.hand_back(here, "Kim")):
        try:
            await act
        except Refusal:
            continue
        raise AssertionError("it was done by somebody who does not have the conversation")
    assert await one(database, sa.select(sa.func.count()).select_from(outbox)) == 0
