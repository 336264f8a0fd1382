"""A response that leaves a conversation frees it: what waited there goes on."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from bot.storage.engine import Database
from bot.storage.moving import move_response, take_back
from bot.storage.tables import conversations, inbox
from tests.storage.seeding import Seed

NOW = "2026-11-22T12:00:00.000000+00:00"


async def busy(database: Database, channel: str) -> int:
    """A conversation in which a response runs that began on the telephone, and an invitation waits."""
    seed = Seed(database)
    customer = await seed.customer(channel)
    response = await seed.response(customer, status="active", channel="voice", ended_at=None)
    async with database.write() as connection:
        here = conversations.c.id == customer[1]
        await connection.execute(sa.update(conversations).where(here).values(response_id=response, owner="survey"))
    facts = {"provider": "conductor", "message_id": "invite-1", "kind": "invite", "received_at": NOW}
    await seed.insert(inbox, conversation_id=customer[1], status="waiting", **facts)
    return customer[1]


async def invitation(database: Database) -> Any:
    async with database.read() as connection:
        query = sa.select(inbox.c.status).where(inbox.c.message_id == "invite-1")
        return (await connection.execute(query)).scalar_one()


async def test_an_invitation_goes_on_when_the_survey_moves_to_text_messages(database: Database) -> None:
    here = await busy(database, "voice")
    async with database.write() as connection:
        assert await move_response(connection, here, "sms", NOW)
    assert await invitation(database) == "new"


@pytest.mark.parametrize(("owner", "status"), [("bot", "new"), ("human", "waiting")])
async def test_an_invitation_goes_on_when_the_survey_returns_to_the_call(
    database: Database, owner: str, status: str
) -> None:
    there = await busy(database, "sms")
    seed = Seed(database)
    _, call = await seed.customer("voice")  # the same number
    async with database.write() as connection:
        await connection.execute(sa.update(conversations).where(conversations.c.id == call).values(owner=owner))
        assert await take_back(connection, call, NOW) is (owner == "bot")
    assert await invitation(database) == status
    assert there != call
