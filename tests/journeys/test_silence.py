"""While a person owns a chat the bot says nothing in it, and nobody is forgotten there.

Random interleavings on the real parts, Rasa's included: a customer with two chats, two agents, time, surveys, letters
that are taken back or lost, agents who leave, data that are deleted. After every step all of this holds:

- a chat that a person owns has an open case; it has an agent who works here, with a clock of the takeover, or it is the
  team's, with the clock of a case that nobody took;
- the bot has said nothing in a chat that was a person's before and after the step (but for the word that the law asks
  for after STOP and START, and one for who goes on writing before anybody has taken it);
- no message of the customer's is without an owner: the bot answers it, or an open case waits for us.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest_asyncio
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import ConductorError
from bot.identity.roles import Role
from bot.recovery import clocks
from bot.recovery.case_states import OPEN
from bot.storage.tables import agents, case_clocks, cases, conversations, inbox, outbox, responses
from channels.contract import DeliveryStatus
from tests.backends import Backend
from tests.journeys.stage import Stage

SAID = ("2", "9", "agent", "where is my refund?", "hello", "the box was open", "skip", "delete my data")
LAW = ("STOP", "START")
PLACES = ("web", "sms")
WHO = (0, 1)

place, who = st.sampled_from(PLACES), st.sampled_from(WHO)
step = st.one_of(
    st.tuples(st.just("says"), place, st.sampled_from(SAID + LAW)),
    st.tuples(st.sampled_from(["claims", "replies", "holds", "undoes", "loses"]), place, who),
    st.tuples(st.sampled_from(["hands back", "leaves it", "resolves", "snoozes", "transfers", "gives"]), place, who),
    st.tuples(st.just("waits"), place, st.sampled_from([5, 90, 26 * 60])),
    st.tuples(st.just("invited"), place, st.sampled_from(["delivery_nps", "support_ces"])),
    st.tuples(st.just("quits"), place, who),
)
numbers = itertools.count()


class Town:
    """A customer with two chats, two agents, and a watch on them."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.conductor = stage, stage.conductor
        number = next(numbers)
        self.address = f"+4930{number:06}"
        self.names = [f"{name} {number}" for name in ("Kim", "Lee")]
        self.letter = 0
        self.spoken_for: set[str] = set()
        """Places where an agent took the chat, or the customer was told that it is seen, since it was handed over."""

    async def open(self) -> None:
        now = self.stage.clock.now()
        for name in self.names:
            await self.conductor.agents.add(name, name, Role.AGENT, (), "en", now)
        web, sms = [await self.here(place) for place in PLACES]
        async with self.conductor.database.write() as connection:
            one = sa.select(conversations.c.contact_id).where(conversations.c.id == web)
            contact = (await connection.execute(one)).scalar()
            mine = conversations.c.id == sms
            await connection.execute(sa.update(conversations).where(mine).values(contact_id=contact))

    async def here(self, place: str) -> int:
        """The chat's number now: after "delete my data" it is another one."""
        self.stage.channel, self.stage.address = place, self.address
        return await self.stage.here()

    async def rows(self, table: sa.Table, where: Any) -> list[Any]:
        async with self.conductor.database.read() as connection:
            return list((await connection.execute(sa.select(table).where(where).order_by(table.c.id))).mappings())

    async def chat(self, place: str) -> Any:
        [row] = await self.rows(conversations, conversations.c.id == await self.here(place))
        return row

    async def works_here(self, name: str) -> bool:
        return bool(await self.rows(agents, sa.and_(agents.c.name == name, agents.c.removed_at.is_(None))))

    # What happens

    async def take(self, deed: str, place: str, what: Any) -> None:
        here = await self.here(place)
        if deed == "says":
            await self.stage.say(what)
        elif deed == "waits":
            self.stage.clock.forward(what)
        elif deed == "invited":
            where = {"provider": "web", "channel": place, "address": self.address, "language": "en"}
            await self.conductor.start_survey(what, **where)
        elif await self.works_here(self.names[what]):
            with suppress(ConductorError):  # told in words: somebody else has it, or there is nothing to do
                await self._work(deed, here, self.names[what], self.names[1 - what])
        self.stage.clock.forward(0.05)
        await self.conductor.settle()

    async def _work(self, deed: str, here: int, agent: str, other: str) -> None:
        takeover, casework = self.conductor.takeover, self.conductor.casework
        mine = sa.and_(cases.c.conversation_id == here, cases.c.status.in_(OPEN))
        if deed == "claims":
            await takeover.claim(here, agent)
        elif deed in ("replies", "holds"):
            self.letter = await takeover.reply(here, agent, "I am sorry.", 5 if deed == "holds" else 0)
        elif deed == "undoes":
            await takeover.withdraw(here, agent, self.letter)
        elif deed == "loses":
            lost = DeliveryStatus("web", f"theirs-out-{self.letter}", "undelivered", "30005")
            await self.conductor.status(lost)
        elif deed in ("hands back", "leaves it"):
            await takeover.hand_back(here, agent, resume=deed == "hands back")
        elif deed == "quits":
            [row] = await self.rows(agents, agents.c.name == agent)
            await self.conductor.agents.remove(row["id"], self.stage.clock.now())
        for case in await self.rows(cases, mine):
            if deed == "resolves":
                await casework.resolve(case["id"], agent, "late", "Sent a new one")
            elif deed == "snoozes":
                until = datetime.fromisoformat(self.stage.clock.now()) + timedelta(hours=3)
                await casework.snooze(case["id"], agent, until.isoformat())
            elif deed in ("transfers", "gives"):
                await casework.transfer(case["id"], agent, "care_lead", other if deed == "gives" else "")

    async def leave(self) -> None:
        """Its clocks would strike in all later examples, too."""
        async with self.conductor.database.write() as connection:
            await connection.execute(sa.delete(case_clocks))
            await connection.execute(sa.update(responses).values(status="stopped", timeout_at=None))

    # What must hold

    async def nobody_is_forgotten(self, place: str) -> None:
        chat = await self.chat(place)
        said = await self.rows(inbox, sa.and_(inbox.c.conversation_id == chat["id"], inbox.c.kind == "message"))
        assert {row["status"] for row in said} <= {"done"}, "a message that nobody has handled"
        if chat["owner"] != "human":
            assert chat["agent"] is None
            return
        open_ = await self.rows(cases, sa.and_(cases.c.conversation_id == chat["id"], cases.c.status.in_(OPEN)))
        assert open_, "a person has the chat, and there is no case"
        running = await self._running([case["id"] for case in open_])
        if chat["agent"] is None:
            assert clocks.UNASSIGNED in running, "nobody has it, and nobody will be told"
        else:
            assert await self.works_here(chat["agent"]), "whoever has it has left"
            assert running & set(clocks.OF_A_TAKEOVER), "an agent has it, and nothing watches over them"

    async def _running(self, of: list[int]) -> set[str]:
        mine = sa.and_(case_clocks.c.case_id.in_(of), case_clocks.c.struck_at.is_(None))
        return {row["kind"] for row in await self.rows(case_clocks, mine)}

    def only_a_kind_word(self, place: str, said: list[Any], before: Any, after: Any) -> bool:
        """Whether nothing was `said`, or what a customer hears who waits for a person: once, before anybody came."""
        words = [row["role"] for row in said if row["role"] != "agent"]
        if after["owner"] != "human":
            self.spoken_for.discard(place)
        if before["agent"] is not None or after["agent"] is not None:
            self.spoken_for.add(place)
        if words == ["waiting"] and place not in self.spoken_for:
            self.spoken_for.add(place)
            return True
        return words == []

    async def somebody_has_it(self, place: str, fresh: list[Any], before: Any, after: Any) -> None:
        """The customer has just written there."""
        if after["owner"] == "human":
            mine = sa.and_(cases.c.conversation_id == after["id"], cases.c.status.in_(OPEN))
            assert any(case["status"] != "waiting_for_customer" for case in await self.rows(cases, mine))
        elif before["owner"] != "human":
            assert fresh, "the bot owns the chat and did not answer"


@pytest_asyncio.fixture
async def stage(backend: Backend, rasa_agent: Any) -> AsyncIterator[Stage]:
    made = Stage(backend, rasa_agent)
    await made.open()
    yield made
    await made.close()


@settings(max_examples=20, suppress_health_check=list(HealthCheck), deadline=None)
@given(steps=st.lists(step, min_size=5, max_size=14))
async def test_the_bot_is_silent_and_nobody_is_forgotten(stage: Stage, steps: list[tuple[str, str, Any]]) -> None:
    town = Town(stage)
    await town.open()
    for deed, at, what in steps:
        before = {place: await town.chat(place) for place in PLACES}
        last = max([row["id"] for row in await town.rows(outbox, sa.true())], default=0)
        await town.take(deed, at, what)
        for place in PLACES:
            after = await town.chat(place)
            mine = sa.and_(outbox.c.conversation_id == after["id"], outbox.c.id > last)
            fresh = await town.rows(outbox, mine)
            quiet = town.only_a_kind_word(place, fresh, before[place], after)
            if before[place]["owner"] == after["owner"] == "human" and what not in LAW:
                assert quiet, (deed, at, what, [row["payload"] for row in fresh])
            await town.nobody_is_forgotten(place)
            if deed == "says" and place == at:
                await town.somebody_has_it(place, fresh, before[place], after)
    await town.leave()
