"""A long letter goes as several messages: it has arrived when all of them have, and none goes twice that was taken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
import sqlalchemy as sa

from bot.conversation.delivery import Delivery
from bot.conversation.live import InProcessEvents
from bot.storage import letters
from bot.storage.engine import Database
from bot.storage.outbox import SqlOutbox
from bot.storage.store import SqlStore
from bot.storage.tables import outbox
from channels.contract import DeliveryStatus, Inbound, Outbound
from channels.twilio.local_provider import ACCOUNT_SID, AUTH_TOKEN, LocalTwilio
from channels.twilio.settings import Account
from channels.twilio_sms.client import TwilioSmsClient
from channels.twilio_sms.limits import PROVIDER
from channels.twilio_sms.settings import TwilioSmsSettings
from tests.doubles import NOON, FrozenClock

TEXT = ("This is a sentence. " * 200).strip()


class Line:
    """A letter of three parts to one customer, and a Twilio that tells what became of a part while the next one is on
    its way."""

    def __init__(self, database: Database, twilio: LocalTwilio) -> None:
        self.twilio, self.clock, self.box = twilio, FrozenClock(), SqlOutbox(database)
        self.database, self.store = database, SqlStore(database)
        account = Account(ACCOUNT_SID, AUTH_TOKEN, "https://surveys.example.com", twilio.url)
        self.client = TwilioSmsClient(TwilioSmsSettings(account, "+15005550006"), connect_seconds=1, read_seconds=0.3)
        self.client.gate = self._reported
        self.delivery = Delivery(self.box, {PROVIDER: self.client}, self.clock, InProcessEvents())

    @asynccontextmanager
    async def _reported(self, address: str) -> AsyncIterator[None]:
        for sent in self.twilio.sent:
            await self.report(sent, "delivered")
        yield

    async def report(self, sent: Any, status: str) -> None:
        key = parse_qs(urlsplit(sent.form.text("StatusCallback")).query)["key"][0]
        await self.box.status(DeliveryStatus(PROVIDER, sent.sid, status, key=key), self.clock.now())

    async def write(self) -> None:
        here = await self.store.ensure_conversation(Inbound(PROVIDER, "sms", "", "+4915112345678", ""), NOON)
        async with self.database.write() as connection:
            await letters.put(connection, here, None, [Outbound(TEXT)], NOON)

    async def send_until_it_is_there(self) -> None:
        for _ in range(3):
            await self.delivery.drain()
            self.clock.forward(5)
            await self.delivery.send_once_more()

    @property
    def arrived(self) -> list[str]:
        return [sent.body for sent in self.twilio.sent]


@pytest_asyncio.fixture
async def line(database: Database) -> AsyncIterator[Line]:
    async with LocalTwilio() as twilio:
        line = Line(database, twilio)
        yield line
        await line.client.close_connections()


async def test_the_report_of_a_part_does_not_stand_for_the_parts_that_twilio_has_not_taken_yet(line: Line) -> None:
    await line.write()
    line.twilio.succeed_next()
    line.twilio.fail_next(429, 20429)

    await line.send_until_it_is_there()

    assert " ".join(line.arrived) == TEXT


async def test_of_a_letter_that_broke_off_in_its_middle_only_what_nobody_knows_of_goes_twice(line: Line) -> None:
    await line.write()
    line.twilio.succeed_next()
    line.twilio.hang_next(0.6)

    await line.send_until_it_is_there()

    one, two, again, three = line.arrived
    assert (two, " ".join((one, two, three))) == (again, TEXT)


@pytest.mark.parametrize("became", ["delivered", "undelivered"])
async def test_a_letter_has_become_what_its_last_part_has(line: Line, became: str) -> None:
    await line.write()
    await line.send_until_it_is_there()
    await line.report(line.twilio.sent[-1], became)

    async with line.database.read() as connection:
        assert (await connection.execute(sa.select(outbox.c.status))).scalar() == became
