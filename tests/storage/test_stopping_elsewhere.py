"""STOP counts in all of a customer's chats: nothing of before it is left waiting in another one."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from bot.storage.engine import Database
from bot.storage.fence import hold_all
from bot.storage.stopping import stop_surveys
from bot.storage.tables import conversations, inbox
from tests.storage.seeding import DAY, Seed, at

NOW = "2026-11-22T12:00:00.000000+00:00"


@pytest.mark.parametrize(("owner", "stands"), [("survey", "new"), ("human", "waiting")])
async def test_an_invitation_that_waited_for_the_survey_is_decided_on(
    database: Database, owner: str, stands: str
) -> None:
    """It is skipped then. Left waiting, it would ask them when they want surveys again, however much later."""
    seed = Seed(database)
    contact, here = await seed.customer()
    response = await seed.response((contact, here), status="active")
    facts = {"provider": "conductor", "message_id": "invite-2", "kind": "invite", "payload": json.dumps({}), "text": ""}
    waits = {"status": "waiting", "waits_for": "survey", "received_at": at(DAY)}
    await seed.insert(inbox, conversation_id=here, **facts, **waits)
    async with database.write() as connection:
        await connection.execute(sa.update(conversations).values(response_id=response, owner=owner))

    async with database.write() as connection:
        await hold_all(connection, contact)
        await stop_surveys(connection, contact, NOW)

    async with database.read() as connection:
        assert (await connection.execute(sa.select(inbox.c.status))).scalar() == stands
