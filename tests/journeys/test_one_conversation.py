"""The whole model of a conversation as a state machine: customers, people, clocks, a provider in trouble and processes
that die at any fault point, in any order, on the real parts, Rasa's included. After each step: one owner, answers that
are never lost, one open survey, and nothing was sent to who opted out but the answer to what they wrote since
(`test_silence.py` looks at who speaks while a person has it)."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from bot.bootstrap import use
from bot.conversation.faults import OF_BURSTS, POINTS
from bot.conversation.letter import LEASE_SECONDS
from bot.errors import ConductorError
from bot.storage import tables
from channels.contract import Outbound, SendError
from tests.backends import Backend
from tests.journeys.dying import Died, dies_at
from tests.journeys.stage import Stage

SAID = ("3", "9", "agent", "hello", "the box was open", "What are your opening hours?", "skip", "back", "stop", "start")
BESIDE_SURVEYS = {"did_you_mean", "faq_helped", "faq_person"}
"""Asked of whoever asks us something, after STOP as well."""
EXAMPLES = int(os.environ.get("FAULTS_EXAMPLES", "12"))
TROUBLE = (
    SendError("Too many requests.", "later", retry_after=1),
    SendError("An error of theirs (500).", "later"),
    SendError("No such number.", "never"),
    TimeoutError(),
)


_LETTER = (
    sa.select(
        tables.outbox.c.role,
        tables.contacts.c.opted_out_at,
        tables.conversations.c.last_inbound_at,
        tables.inbox.c.kind,
        tables.inbox.c.received_at,
    )
    .join(tables.conversations, tables.conversations.c.id == tables.outbox.c.conversation_id)
    .join(tables.contacts, tables.contacts.c.id == tables.conversations.c.contact_id)
    .outerjoin(tables.inbox, tables.inbox.c.id == tables.outbox.c.inbox_id)
)


def wanted(letter: Any, message: Outbound) -> bool:
    """Whether somebody who said STOP may get it: it answers what they wrote then or later, or a person writes it to who
    has written since; and it asks nothing of a survey."""
    if letter.opted_out_at is None:
        return True
    if message.prompt is not None and message.prompt.question not in BESIDE_SURVEYS:
        return False
    if letter.kind is None:
        return bool(letter.last_inbound_at > letter.opted_out_at)
    return letter.kind == "message" and bool(letter.received_at >= letter.opted_out_at)


class Troubled:
    """Raises what it is told to, once each; remembers what it took, and whether the customer wanted it then."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.customer = stage, stage.address
        self.errors: list[Exception] = []
        self.taken: list[tuple[str, Outbound]] = []
        self.unwanted: list[tuple[Any, Outbound]] = []

    async def send(self, channel: str, address: str, message: Outbound, key: str) -> str:
        if address != self.customer:
            return f"theirs-{key}"  # an earlier run's, whose clock has struck meanwhile
        if self.errors and not isinstance(self.errors[0], TimeoutError):
            raise self.errors.pop(0)
        self.taken.append((key, message))
        await self._ask_whether_it_is_wanted(key, message)
        if self.errors:
            raise self.errors.pop(0)  # it has it, and does not say so
        return f"theirs-{key}"

    async def _ask_whether_it_is_wanted(self, key: str, message: Outbound) -> None:
        """At this very moment: what is sent is never in a transaction."""
        number = int(key.removeprefix("out-"))
        async with self.stage.conductor.database.read() as connection:
            letter = (await connection.execute(_LETTER.where(tables.outbox.c.id == number))).one()
        if not wanted(letter, message):
            self.unwanted.append((letter, message))


def machine(backend: Backend, agent: Any, loop: asyncio.AbstractEventLoop) -> type[RuleBasedStateMachine]:
    """Built around one loop and one house; each run is a new customer of it."""
    numbers = iter(range(1_000_000))
    house = Stage(backend, agent)
    loop.run_until_complete(house.open())

    class OneConversation(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.stage = house
            house.address = f"customer-{next(numbers)}"
            house._last = None
            house.sender = self.provider = Troubled(house)  # type: ignore[assignment]
            house.conductor.senders["web"] = self.provider  # type: ignore[assignment]
            self.answers: dict[int, tuple[Any, ...]] = {}
            self.do(self._find())

        def do(self, work: Any) -> Any:
            return loop.run_until_complete(work)

        async def _find(self) -> None:
            """The customer has two chats with us."""
            chats = []
            for channel in ("sms", "web"):
                house.channel = channel
                chats.append(await house.here())
            elsewhere, self.here = chats
            mine = sa.select(tables.conversations.c.contact_id).where(tables.conversations.c.id == self.here)
            there = sa.update(tables.conversations).where(tables.conversations.c.id == elsewhere)
            async with house.conductor.database.write() as connection:
                contact = (await connection.execute(mine)).scalar_one()
                await connection.execute(there.values(contact_id=contact))

        async def _settle(self) -> None:
            self.stage.clock.forward(0.05)
            await self.stage.conductor.settle()

        async def _rows(self, table: sa.Table, where: Any) -> list[Any]:
            async with self.stage.conductor.database.read() as connection:
                found = await connection.execute(sa.select(table).where(where).order_by(table.c.id))
                return list(found.mappings())

        async def _contact(self) -> int:
            [here] = await self._rows(tables.conversations, tables.conversations.c.id == self.here)
            return int(here["contact_id"])

        @rule(text=st.sampled_from(SAID))
        def says(self, text: str) -> None:
            self.do(self.stage.say(text))
            self.do(self._settle())

        @rule(first=st.sampled_from(SAID), second=st.sampled_from(SAID))
        def says_two_things_at_once(self, first: str, second: str) -> None:
            self.do(self.stage.say(first))
            self.stage.clock.forward(0.001)
            self.do(self.stage.say(second))
            self.do(self._settle())

        @rule(text=st.sampled_from(["stop", "start", "hello"]))
        def says_elsewhere(self, text: str) -> None:
            house.channel = "sms"
            self.do(self.stage.say(text))
            house.channel = "web"
            self.do(self._settle())

        @rule(value=st.sampled_from([0, 6, 10]))
        def presses(self, value: int) -> None:
            asked = [m.prompt for _, m in self.provider.taken if m.prompt is not None]
            if asked and asked[-1].choices:
                choice = asked[-1].choices[value % len(asked[-1].choices)]
                picked = {"question": asked[-1].question, "value": choice.value}
                self.do(self.stage.say(choice.label, picked))
                self.do(self._settle())

        @rule(survey=st.sampled_from(["delivery_nps", "support_ces"]))
        def is_invited(self, survey: str) -> None:
            where = {"provider": "web", "channel": "web", "address": self.stage.address, "language": "en"}
            self.do(self.stage.conductor.start_survey(survey, **where))
            self.do(self._settle())

        @rule(deed=st.sampled_from(["claim", "reply", "hand back", "leave"]), agent=st.sampled_from(["Kim", "Lee"]))
        def a_person(self, deed: str, agent: str) -> None:
            takeover = self.stage.conductor.takeover
            with suppress(ConductorError):  # told in words: another has it, or there is nothing to do
                if deed == "claim":
                    self.do(takeover.claim(self.here, agent))
                elif deed == "reply":
                    self.do(takeover.reply(self.here, agent, "I am sorry."))
                else:
                    self.do(takeover.hand_back(self.here, agent, resume=deed == "hand back"))
            self.do(self._settle())

        @rule(minutes=st.sampled_from([3, 90, 26 * 60]))
        def waits(self, minutes: int) -> None:
            self.stage.clock.forward(minutes)
            self.do(self._settle())

        @rule(error=st.sampled_from(TROUBLE))
        def the_provider_is_in_trouble(self, error: Exception) -> None:
            self.provider.errors.append(error)

        @rule(text=st.sampled_from(SAID), point=st.sampled_from(POINTS + OF_BURSTS))
        def the_process_dies_with_a_message_in_hand(self, text: str, point: str) -> None:
            """What it had in memory is gone; another one takes up its work, when its leases are over."""

            async def and_another_goes_on() -> None:
                acknowledged = False
                async with dies_at(house, point):
                    with suppress(Died):
                        await house.say(text)
                        acknowledged = True
                    await self._settle()
                agent.forget(self.here)
                if not acknowledged and house._last is not None:
                    await house.conductor.accept(house._last)  # the provider sends it again
                house.clock.forward(LEASE_SECONDS / 60)
                await house.conductor.delivery.recover(alone=not backend.grown)
                await self._settle()

            self.do(and_another_goes_on())

        @rule()
        def the_last_message_comes_again(self) -> None:
            last = self.stage._last
            assert last is None or last.address != self.stage.address or not self.do(self.stage.conductor.accept(last))

        @invariant()
        def one_owner(self) -> None:
            [here] = self.do(self._rows(tables.conversations, tables.conversations.c.id == self.here))
            assert here["owner"] in ("bot", "survey", "human")
            assert (here["owner"] == "survey") <= (here["response_id"] is not None)
            assert (here["agent"] is not None) <= (here["owner"] == "human")

        @invariant()
        def one_open_survey(self) -> None:
            contact = self.do(self._contact())
            found = self.do(self._rows(tables.responses, tables.responses.c.contact_id == contact))
            assert Counter(row["status"] for row in found)["active"] <= 1

        @invariant()
        def no_message_is_left_or_set_aside(self) -> None:
            mine = sa.and_(tables.inbox.c.conversation_id == self.here, tables.inbox.c.kind == "message")
            assert {row["status"] for row in self.do(self._rows(tables.inbox, mine))} <= {"done"}

        @invariant()
        def answers_are_never_lost(self) -> None:
            """A row stays as it is but for its state; and of a question of a response one at most is current."""
            contact = self.do(self._contact())
            of_mine = sa.select(tables.responses.c.id).where(tables.responses.c.contact_id == contact)
            found = self.do(self._rows(tables.answers, tables.answers.c.response_id.in_(of_mine)))
            now = {row["id"]: (row["response_id"], row["node"], row["value"], row["skipped"]) for row in found}
            assert {number: now.get(number) for number in self.answers} == self.answers
            current = Counter((row["response_id"], row["node"]) for row in found if row["state"] == "current")
            assert max(current.values(), default=1) == 1
            self.answers = now

        @invariant()
        def nothing_was_sent_that_who_opted_out_does_not_want(self) -> None:
            assert not self.provider.unwanted, "\n".join(map(str, self.provider.unwanted))

        @invariant()
        def nothing_is_sent_twice_but_what_was_in_doubt(self) -> None:
            times = Counter(key for key, _ in self.provider.taken)
            contact = self.do(self._contact())
            theirs = sa.select(tables.conversations.c.id).where(tables.conversations.c.contact_id == contact)
            mine = tables.outbox.c.conversation_id.in_(theirs)
            again = {f"out-{row['id']}" for row in self.do(self._rows(tables.outbox, mine)) if row["again_at"]}
            assert {key for key, number in times.items() if number > 1} <= again
            assert max(times.values(), default=1) <= 2

    return OneConversation


@pytest.mark.timeout(300)
def test_whatever_happens(backend: Backend, rasa_agent: Any) -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        run_state_machine_as_test(
            machine(backend, rasa_agent, loop),
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=10,
                phases=[Phase.generate],
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        use(None)
        loop.close()
        asyncio.set_event_loop(None)
