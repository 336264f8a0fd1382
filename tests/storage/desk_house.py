"""A house without Rasa: the desk, its clocks, what sends letters, and customers with open cases."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversation.delivery import Delivery
from bot.conversation.live import InProcessEvents
from bot.conversation.ports import CaseFacts
from bot.conversation.state import Conversation, Message, NewCase, Outcome, Response
from bot.recovery.casework import Casework
from bot.recovery.desk import Desk, FollowUp, Notices, Team
from bot.recovery.escalation import Escalation
from bot.recovery.takeover import Takeover
from bot.storage.case_clocks import SqlClocks
from bot.storage.cases import open_cases
from bot.storage.casework import SqlCasework
from bot.storage.engine import Database
from bot.storage.outbox import SqlOutbox
from bot.storage.store import SqlStore
from bot.storage.tables import case_events, cases, conversations, notifications
from bot.storage.takeover import SqlTakeoverStore
from channels.contract import Inbound
from tests.doubles import NOON, FrozenClock, RecordingSender
from tests.storage.seeding import Seed

LEAD = Notices(email=("lead@example.com",))
CARE = Team("care", unassigned_after=60, next_team="second", notify=Notices(slack=("C1",)), lead=LEAD)
DESK = Desk(
    {"care": CARE, "second": Team("second", notify=Notices(webhook=("https://example.com/h",)))},
    "care",
    follow_up=FollowUp("post_recovery", 1440, 7 * 1440),
)


@asynccontextmanager
async def alone(_conversation: int) -> AsyncIterator[None]:
    yield


class Desks:
    """One customer after another; their letters go to `sender`."""

    def __init__(self, database: Database, desk: Desk = DESK) -> None:
        self.database, self.desk, self.clock = database, desk, FrozenClock()
        self.seed = Seed(database)
        self.told: list[tuple[int, str]] = []
        events = InProcessEvents()
        self.takeover = Takeover(SqlTakeoverStore(database), desk, self.clock, events, alone, lambda _: None)
        self.sender = RecordingSender()
        self.outbox = SqlOutbox(database, desk.idle_minutes)
        self.delivery = Delivery(self.outbox, {"web": self.sender}, self.clock, events)
        self.casework = Casework(SqlCasework(database), self.takeover, desk, self.clock, events)
        self.escalation = self.another_process()

    def another_process(self) -> Escalation:
        return Escalation(
            SqlClocks(self.database),
            self.desk,
            self.clock,
            self.takeover.hand_back_idle,
            lambda case, event: self.told.append((case.id, event)),
        )

    async def customer_gives_a_two(self) -> tuple[int, int]:
        """Ids of the case and its conversation."""
        contact, here = await self.seed.customer()
        response = await self.seed.response((contact, here), status="active")
        await self.update(conversations, here, response_id=response, owner="survey")
        await self.open_case(contact, here, response)
        return int((await self.rows(cases))[-1]["id"]), here

    async def open_case(
        self, contact: int, here: int, response: int, reason: str = "score", score: float = 2.0, channel: str = "sms"
    ) -> None:
        given = self.desk.assign(CaseFacts("score", touchpoint="delivery", priority="high"), self.clock.now())
        about = {"touchpoint": "delivery", "metric": "nps", "score": score, "band": "detractor"}
        times = {"due_at": given.due_at, "resolve_by": given.resolve_by, "clocks": given.clocks}
        new = NewCase(reason=reason, team=given.team, priority=given.priority, **about, **times)
        open_ = Response(response, "delivery_nps", "f1", "delivery", False, "{}")
        conversation = Conversation(here, contact, "web", channel, "+49", "en", "survey", response=open_)
        outcome = Outcome(Message(1, "message", "2", None, {}, NOON), conversation, self.clock.now(), cases=[new])
        async with self.database.write() as connection:
            await open_cases(connection, outcome, response)

    async def customer_writes(self, here: int, text: str = "hello?") -> None:
        """As the handler does while a person owns the conversation."""
        store = SqlStore(self.database)
        row = next(r for r in await self.rows(conversations) if r["id"] == here)
        key = f"m{self.clock.now()}"
        await store.accept(Inbound("web", row["channel"], key, row["address"], text), self.clock.now())
        message, conversation = (await store.next_message(here)) or pytest.fail("no message")
        outcome = Outcome(message, conversation, self.clock.now(), idle_minutes=self.desk.idle_minutes)
        await store.commit(outcome)

    async def update(self, table: sa.Table, id_: int, **values: Any) -> None:
        async with self.database.write() as connection:
            await connection.execute(sa.update(table).where(table.c.id == id_).values(**values))

    async def rows(self, table: sa.Table) -> list[dict[str, Any]]:
        async with self.database.read() as connection:
            return [dict(row) for row in (await connection.execute(sa.select(table).order_by(table.c.id))).mappings()]

    async def case(self) -> dict[str, Any]:
        return (await self.rows(cases))[0]

    async def pass_time(self, minutes: float) -> None:
        self.clock.forward(minutes)
        await self.escalation.look()

    async def deliver(self) -> None:
        """Send what is due a moment later."""
        self.clock.forward(0.001)
        await self.delivery.drain()

    async def told_to(self) -> list[tuple[str, str]]:
        return [(row["kind"], row["target"]) for row in await self.rows(notifications)]

    async def audit(self) -> list[tuple[str, str, dict[str, Any]]]:
        return [(row["actor"], row["kind"], json.loads(row["data"])) for row in await self.rows(case_events)]
