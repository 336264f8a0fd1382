"""A local workspace, and our connector on a real Sanic server beside it."""

from __future__ import annotations

import socket
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from rasa.core.channels.channel import register
from sanic import Sanic

from channels.contract import Beginning, DeliveryStatus, Inbound, Overview
from channels.slack.client import SlackClient
from channels.slack.connector import SlackInput
from channels.slack.local_provider import LocalSlack
from channels.slack.settings import SlackSettings
from tests.sanic_once import touch_up_once

TOKEN, SECRET = "xoxb-local", "shhh"


@dataclass
class Inbox:
    """A house that keeps what it accepts, once, and says of everything else what it was told to say. Fails as often as
    `broken` says."""

    messages: list[Inbound] = field(default_factory=list)
    broken: int = 0
    seen: Overview = field(default_factory=lambda: Overview("en"))
    becomes: Beginning = "started"
    objects: str = ""
    begun: list[tuple[str, Inbound]] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)

    async def overview(self, channel: str, address: str, language: str) -> Overview:
        self.languages.append(language)
        return self.seen

    async def begin(self, wish: Inbound, survey: str) -> Beginning:
        if self.broken:
            self.broken -= 1
            raise OSError("disk full")
        self.begun.append((survey, wish))
        return self.becomes

    async def objection(self, message: Inbound) -> str:
        return self.objects

    async def accept(self, message: Inbound) -> bool:
        if self.broken:
            self.broken -= 1
            raise OSError("disk full")
        fresh = all(known.message_id != message.message_id for known in self.messages)
        if fresh:
            self.messages.append(message)
        return fresh

    async def status(self, status: DeliveryStatus) -> bool:
        return False


@dataclass
class House:
    """The connector as it is served, what it handed over, and a client of the same app."""

    webhook: str
    connector: SlackInput
    inbox: Inbox
    client: SlackClient


@pytest_asyncio.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    slack = LocalSlack(TOKEN, SECRET, people={"U1", "U2"})
    await slack.start()
    yield slack
    await slack.stop()


@pytest_asyncio.fixture
async def house(slack: LocalSlack, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    async with serving(SlackSettings(TOKEN, SECRET, slack.url), monkeypatch) as house:
        yield house


@asynccontextmanager
async def serving(settings: SlackSettings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """The connector on a server, from its start to its stop."""
    monkeypatch.setattr("sanic.app.TouchUp.run", touch_up_once)
    connector, inbox = SlackInput(settings, ping_seconds=0.2), Inbox()
    app = Sanic(f"test_{uuid.uuid4().hex}", configure_logging=False)
    register([connector], app, "/webhooks/")
    app.ctx.receiver = inbox
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        server: Any = await app.create_server(sock=sock, return_asyncio_server=True, access_log=False)
        await server.startup()
        await server.before_start()
        await server.after_start()
        await server.start_serving()
        webhook = f"http://127.0.0.1:{sock.getsockname()[1]}/webhooks/slack/webhook"
        yield House(webhook, connector, inbox, SlackClient(settings))
        await server.before_stop()
        server.close()
