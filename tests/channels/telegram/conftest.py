"""A server of Rasa's kind with the Telegram channel on it, and the stand-in for Telegram."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from rasa.core.channels.channel import register
from sanic import Sanic

from channels.telegram.client import TelegramClient
from channels.telegram.connector import TelegramInput
from channels.telegram.local_provider import LocalTelegram
from channels.telegram.verify import HEADER
from tests.channels.telegram.support import SECRET, Inbox, settings
from tests.sanic_once import touch_up_once


class House:
    """A running server with the channel, its database's stand-in, Telegram's, and the client that talks to it."""

    def __init__(self, url: str, channel: TelegramInput, client: TelegramClient, telegram: LocalTelegram) -> None:
        self.url, self.channel, self.client, self.telegram = url, channel, client, telegram
        self.inbox = Inbox()

    async def post(self, body: Any, **headers: str) -> tuple[int, Any]:
        """Send a webhook as Telegram would; `headers` replace its own."""
        sent = {"Content-Type": "application/json", HEADER: SECRET, **headers}
        async with aiohttp.ClientSession() as session, session.post(self.url, data=body, headers=sent) as answer:
            return answer.status, await answer.json()

    async def answered(self) -> None:
        """Wait until every press is answered."""
        await asyncio.gather(*self.channel._answering)


@pytest_asyncio.fixture
async def telegram() -> AsyncIterator[LocalTelegram]:
    async with LocalTelegram(settings()) as local:
        yield local


@pytest_asyncio.fixture
async def client(telegram: LocalTelegram) -> AsyncIterator[TelegramClient]:
    found = TelegramClient(settings(telegram.url), seconds=0.5)
    yield found
    await found.close()


@pytest_asyncio.fixture
async def house(
    telegram: LocalTelegram, client: TelegramClient, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    monkeypatch.setattr("sanic.app.TouchUp.run", touch_up_once)
    app = Sanic(f"test_{uuid.uuid4().hex}", configure_logging=False)
    channel = TelegramInput(settings(telegram.url), client)
    register([channel], app, "/webhooks/")
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        server = await app.create_server(sock=sock, return_asyncio_server=True, access_log=False)
        assert server is not None
        await server.startup()
        await server.before_start()
        await server.after_start()
        await server.start_serving()
        built = House(f"http://127.0.0.1:{sock.getsockname()[1]}/webhooks/telegram/webhook", channel, client, telegram)
        app.ctx.receiver = built.inbox
        telegram.webhook = built.url
        yield built
        server.close()
