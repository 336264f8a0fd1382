"""Letters of several customers, and a provider that fails as it is told to."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.conversation.delivery import Delivery
from bot.conversation.live import InProcessEvents
from bot.storage import letters
from bot.storage.outbox import SqlOutbox
from bot.storage.tables import outbox
from channels.contract import Inbound, Outbound, SendError
from tests.doubles import NOON, FrozenClock, RecordingSender


class Scripted(RecordingSender):
    """Answers with the errors it was given, one a call, then takes everything."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__()
        self.errors = list(errors)
        self.calls = 0
        self.suffix = ""
        self.refused = ""
        self.busy = 0
        """Takes every so manieth only, and asks the others for patience."""

    async def send(self, channel: str, address: str, message: Outbound, key: str) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        if self.busy and self.calls % self.busy:
            raise SendError("slow down", "later", 1.0)
        if address == self.refused:
            raise SendError("down", "later")
        return await super().send(channel, address, message, key) + self.suffix


class House:
    def __init__(self, database: Any, store: Any, sender: Any) -> None:
        self.database, self.store, self.sender = database, store, sender
        self.clock = FrozenClock()
        self.delivery = Delivery(SqlOutbox(database), {"web": sender}, self.clock, InProcessEvents())

    async def write(self, address: str, *texts: str) -> None:
        here = await self.store.ensure_conversation(Inbound("web", "web", "", address, ""), NOON)
        async with self.database.write() as connection:
            await letters.put(connection, here, None, [Outbound(text=t) for t in texts], NOON)

    async def status(self) -> list[str]:
        async with self.database.read() as connection:
            return [s for (s,) in await connection.execute(sa.select(outbox.c.status).order_by(outbox.c.id))]

    @property
    def texts(self) -> list[str]:
        return [m.text for _, m in self.sender.taken]
