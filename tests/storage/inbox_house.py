"""Rows for tests of the inbox: customers, cases, what was said in them."""

from __future__ import annotations

import json
from typing import Any

from bot.console.cases.reading import Reading, Views
from bot.identity.agent import Agent
from bot.identity.roles import Role
from bot.recovery import clocks
from bot.storage.case_list import CaseList, Wanted
from bot.storage.catalogue import SqlCatalogue
from bot.storage.engine import Database
from bot.storage.tables import case_clocks, cases, inbox, outbox
from tests.doubles import FrozenClock
from tests.storage.seeding import Seed

NOW = "2026-11-23T12:00:00.000000+00:00"
SURVEY = """
format: 1
key: parcel
title: {en: Parcel}
touchpoint: delivery
languages: [en]
questions:
  - id: score
    type: nps
    text: {en: "How likely are you to recommend us?"}
  - id: why
    type: text
    text: {en: "What went wrong?"}
endings: {done: {text: {en: "Thank you."}}}
"""


def at(clock: str) -> str:
    return f"2026-11-23T{clock}:00.000000+00:00"


class House(Seed):
    """Rows of customers, cases and messages."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.database, self.clock = database, FrozenClock(NOW)
        self.views = Views.of(database, SqlCatalogue(database))

    async def case(self, due: str = "13:00", **values: Any) -> int:
        customer = values.pop("customer", None) or await self.customer(values.pop("channel", "sms"))
        facts = {"contact_id": customer[0], "conversation_id": customer[1], "channel": "sms", "reason": "score"}
        facts |= {"team": "care", "priority": "high", "opened_at": at("11:00"), "due_at": at(due)}
        case = await self.insert(cases, **{**facts, **values})
        await self.insert(case_clocks, case_id=case, kind=clocks.FIRST_RESPONSE_RISK, at=at(due))
        return case

    async def said(self, here: int, text: str, clock: str, **values: Any) -> int:
        number = f"m{here}-{clock}-{text[:20]}"
        facts = {"conversation_id": here, "provider": "twilio_sms", "message_id": number, "text": text}
        return await self.insert(inbox, **{**facts, "status": "done", "received_at": at(clock), **values})

    async def sent(self, here: int, text: str, clock: str, **values: Any) -> int:
        payload = json.dumps({"text": text, "prompt": None, "role": "notice", "sender": "bot"})
        facts = {"conversation_id": here, "role": "notice", "payload": payload, "status": "delivered"}
        return await self.insert(outbox, **{**facts, "next_attempt_at": at(clock), "created_at": at(clock), **values})

    def reading(self, role: Role = Role.AGENT, teams: tuple[str, ...] = (), name: str = "Kim") -> Reading:
        return Reading(self.views, Agent(1, "kim", name, role, teams), self.clock)

    async def listed(self, view: str = "all", **wanted: Any) -> list[int]:
        page = await CaseList(self.database).page(Wanted(view=view, agent="Kim", **wanted), NOW)
        return [row.id for row in page.rows]
