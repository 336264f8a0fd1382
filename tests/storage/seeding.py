"""Rows for tests of reports and exports: customers, their responses, their answers."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from bot.storage.engine import Database
from bot.storage.tables import answers, contacts, conversations, inbox, invitations, outbox, responses

DAY = "2026-11-01"


class Seed:
    """Writes customers with consecutive addresses; everything happens at noon of the day given."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._customers = 0

    async def insert(self, table: sa.Table, **values: Any) -> int:
        async with self._database.write() as connection:
            made = await connection.execute(sa.insert(table).values(**values))
            return int(made.inserted_primary_key[0])

    async def customer(self, channel: str = "sms", name: str | None = "Anna", provider: str = "web") -> tuple[int, int]:
        """Ids of a new contact and its conversation."""
        self._customers += 1
        contact = await self.insert(contacts, name=name, language="en", created_at=at(DAY))
        conversation = await self.insert(
            conversations,
            contact_id=contact,
            provider=provider,
            channel=channel,
            address=f"+49309018{self._customers:04}",
            language="en",
            created_at=at(DAY),
        )
        return contact, conversation

    async def response(
        self, customer: tuple[int, int], day: str = DAY, survey: str = "delivery_nps", **values: Any
    ) -> int:
        contact, conversation = customer
        facts = {
            "contact_id": contact,
            "conversation_id": conversation,
            "survey_key": survey,
            "fingerprint": "f1",
            "touchpoint": "delivery",
            "channel": "sms",
            "language": "en",
            "status": "completed",
            "session": "{}",
            "started_at": at(day),
            "ended_at": at(day),
            "expires_at": at(day),
        }
        return await self.insert(responses, **{**facts, **values})

    async def answer(
        self, response: int, value: Any, node: str = "score", metric: str = "nps", day: str = DAY, **values: Any
    ) -> int:
        facts = {
            "response_id": response,
            "node": node,
            "question": node,
            "type": metric or "text",
            "value": json.dumps(value),
            "raw": str(value),
            "metric": metric,
            "score": float(value) if metric else None,
            "answered_at": at(day),
        }
        return await self.insert(answers, **{**facts, **values})

    async def scored(self, score: int, day: str = DAY, metric: str = "nps", **values: Any) -> tuple[int, int]:
        """A new customer with one completed response and one score."""
        customer = await self.customer()
        await self.answer(await self.response(customer, day, **values), score, metric=metric, day=day)
        return customer

    async def invitation(self, customer: tuple[int, int], day: str, letter: str = "delivered") -> int:
        """A sent invitation, and what became of its message."""
        contact, conversation = customer
        facts = {"contact_id": contact, "conversation_id": conversation, "survey_key": "delivery_nps"}
        row = await self.insert(invitations, **facts, channel="sms", status="sent", created_at=at(day), sent_at=at(day))
        message = await self.insert(
            inbox,
            conversation_id=conversation,
            provider="conductor",
            message_id=f"invite-{row}",
            kind="invite",
            received_at=at(day),
        )
        await self.insert(
            outbox,
            conversation_id=conversation,
            inbox_id=message,
            role="question",
            payload="{}",
            status=letter,
            next_attempt_at=at(day),
            created_at=at(day),
        )
        return row


def at(day: str) -> str:
    return f"{day}T12:00:00.000000+00:00"
