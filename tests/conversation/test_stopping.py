"""A process that is told to stop."""

from __future__ import annotations

import asyncio
from typing import Any

import sqlalchemy as sa

from bot.bootstrap import Conductor
from bot.settings import load_settings
from bot.storage.engine import Database
from bot.storage.tables import outbox
from channels.contract import Outbound
from tests.backends import Backend
from tests.doubles import FrozenClock


class Slow:
    """A provider that takes its time, until the test lets it."""

    remembers_keys = True

    def __init__(self) -> None:
        self.begun, self.go = asyncio.Event(), asyncio.Event()

    async def send(self, channel: str, address: str, message: Outbound, key: str) -> str:
        self.begun.set()
        await self.go.wait()
        return key


async def sending(backend: Backend, slow: Slow) -> Conductor:
    """A process with a letter in its hands."""
    clock = FrozenClock()
    here = Conductor(load_settings(**backend.settings), Any, clock, {"web": slow})  # type: ignore[arg-type]
    await here.prepare()
    conversation = await here.ensure_conversation("web", "web", "ada", "en")
    await here.takeover.claim(conversation, "Kim")
    await here.takeover.reply(conversation, "Kim", "Hello")
    clock.forward(1)
    here.delivery.start()
    await slow.begun.wait()
    return here


async def _status(backend: Backend) -> str:
    database = Database(backend.database_url)
    async with database.read() as connection:
        found = (await connection.execute(sa.select(outbox.c.status))).scalar_one()
    await database.close()
    return str(found)


async def test_what_is_in_hand_is_finished(backend: Backend) -> None:
    slow = Slow()
    here = await sending(backend, slow)
    stopping = asyncio.create_task(here.stop())
    await asyncio.sleep(0)
    slow.go.set()
    await stopping
    assert await _status(backend) == "sent"


async def test_but_not_for_ever(backend: Backend) -> None:
    here = await sending(backend, Slow())
    await asyncio.wait_for(here.stop(within=0.05), 5)
    assert await _status(backend) == "sending", "its lease ends, and another process takes it up"
