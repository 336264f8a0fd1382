"""WhatsApp's 24 hours: outside of them nothing is sent, the reason is kept, and nothing else is held up."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversation.delivery import Delivery
from bot.conversation.live import InProcessEvents
from bot.conversation.window import WINDOW_CLOSED
from bot.storage.engine import Database
from bot.storage.letters import put
from bot.storage.outbox import SqlOutbox
from bot.storage.store import SqlStore
from bot.storage.tables import outbox
from channels.contract import Inbound, Outbound
from tests.doubles import FrozenClock, RecordingSender


@pytest.mark.parametrize(
    ("channel", "hours", "status"),
    [("whatsapp", 0, "sent"), ("whatsapp", 23.9, "sent"), ("whatsapp", 24, "withheld"), ("sms", 240, "sent")],
)
async def test_the_window(database: Database, channel: str, hours: float, status: str) -> None:
    clock, sender = FrozenClock(), RecordingSender()
    provider = f"twilio_{channel}"
    wrote = Inbound(provider, channel, "m1", "+15005550001", "hello")
    here = (await SqlStore(database).accept(wrote, clock.now())).conversation
    clock.forward(hours * 60)
    async with database.write() as connection:
        await put(connection, here, None, [Outbound("Are you there?")], clock.now())
    await Delivery(SqlOutbox(database), {provider: sender}, clock, InProcessEvents()).drain()
    [letter] = await letters(database)
    assert letter["status"] == status
    assert letter["error"] == (WINDOW_CLOSED if status == "withheld" else None)
    assert len(sender.taken) == (status == "sent")


async def letters(database: Database) -> list[dict[str, Any]]:
    async with database.read() as connection:
        return [dict(row) for row in (await connection.execute(sa.select(outbox))).mappings()]
