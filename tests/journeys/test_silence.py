"""While a person owns a conversation the bot says nothing, and no customer's message is left without an owner.

Random interleavings of customer, agents, time and survey starts, on the real parts, Rasa's included; each example is a
new customer of the same house. STOP is left out: that it is confirmed at once is the law, whoever has the conversation.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest_asyncio
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import ConductorError
from bot.recovery.case_states import OPEN
from bot.storage.tables import cases, conversations, inbox, outbox
from tests.journeys.stage import Stage

SAID = ("2", "9", "agent", "where is my refund?", "hello", "the box was open", "skip")
AGENTS = ("Kim", "Lee")

step = st.one_of(
    st.tuples(st.just("says"), st.sampled_from(SAID)),
    st.tuples(st.sampled_from(["claims", "replies", "hands back", "leaves", "resolves"]), st.sampled_from(AGENTS)),
    st.tuples(st.just("waits"), st.sampled_from([5, 90, 26 * 60])),
    st.tuples(st.just("invited"), st.sampled_from(["delivery_nps", "support_ces"])),
)


class Watched:
    """One customer's conversation, watched between steps."""

    def __init__(self, stage: Stage, address: str) -> None:
        self.stage, self.conductor = stage, stage.conductor
        stage.address = address

    async def open(self) -> None:
        self.here = await self.stage.here()

    async def rows(self, table: sa.Table) -> list[Any]:
        query = sa.select(table).where(table.c.conversation_id == self.here).order_by(table.c.id)
        async with self.conductor.database.read() as connection:
            return list((await connection.execute(query)).mappings())

    async def owner(self) -> str:
        query = sa.select(conversations.c.owner).where(conversations.c.id == self.here)
        async with self.conductor.database.read() as connection:
            return str((await connection.execute(query)).scalar())

    async def take(self, deed: str, what: Any) -> None:
        if deed == "says":
            await self.stage.say(what)
        elif deed == "waits":
            self.stage.clock.forward(what)
        elif deed == "invited":
            where = {"provider": "web", "channel": "web", "address": self.stage.address, "language": "en"}
            await self.conductor.start_survey(what, **where)
        else:
            with suppress(ConductorError):  # told in words: somebody else has it, or there is nothing to do
                await self._work(deed, what)
        self.stage.clock.forward(0.05)
        await self.conductor.settle()

    async def _work(self, deed: str, agent: str) -> None:
        takeover = self.conductor.takeover
        if deed == "claims":
            await takeover.claim(self.here, agent)
        elif deed == "replies":
            await takeover.reply(self.here, agent, "I am sorry.")
        elif deed == "resolves":
            for case in await self.rows(cases):
                if case["status"] in OPEN:
                    await self.conductor.casework.resolve(case["id"], agent, "late", "Sent a new one")
        else:
            await takeover.hand_back(self.here, agent, resume=deed == "hands back")


@pytest_asyncio.fixture
async def stage(tmp_path: Path, rasa_agent: Any) -> AsyncIterator[Stage]:
    made = Stage(tmp_path, rasa_agent)
    await made.open()
    yield made
    await made.close()


customers = iter(range(1_000_000))


@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
@given(steps=st.lists(step, min_size=4, max_size=12))
async def test_the_bot_is_silent_and_nobody_is_forgotten(stage: Stage, steps: list[tuple[str, Any]]) -> None:
    watched = Watched(stage, f"customer-{next(customers)}")
    await watched.open()
    for deed, what in steps:
        before, told = await watched.owner(), len(await watched.rows(outbox))
        await watched.take(deed, what)
        after, fresh = await watched.owner(), (await watched.rows(outbox))[told:]
        happened = (deed, what, before, after, [row["payload"] for row in fresh])

        if before == after == "human":
            assert [row["role"] for row in fresh if row["role"] != "agent"] == [], happened
        said = [row for row in await watched.rows(inbox) if row["kind"] == "message"]
        assert {row["status"] for row in said} <= {"done"}, happened
        open_cases = [row for row in await watched.rows(cases) if row["status"] in OPEN]
        if after == "human":
            assert open_cases, happened
        elif deed == "says" and before != "human":
            assert fresh, happened
