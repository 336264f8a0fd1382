"""A connector on a real server of Rasa's kind, on this machine, with a receiver that writes down what it is handed."""

from __future__ import annotations

import socket
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from rasa.core.channels.channel import InputChannel, register
from sanic import Sanic

from channels.arrival import Arrival
from channels.contract import DeliveryStatus, Heard, Inbound, Outbound
from tests.sanic_once import touch_up_once


class Recorder:
    """A `channels.contract.Converser`. `ours`: ids of messages that we sent; reports of others are not known."""

    def __init__(self, *ours: str) -> None:
        self.messages: list[Inbound] = []
        self.statuses: list[DeliveryStatus] = []
        self.ended: list[tuple[str, str]] = []
        self.transcripts: list[tuple[str, str]] = []
        self.ours = ours
        self.broken = False

    async def accept(self, message: Inbound) -> bool:
        if self.broken:
            raise OSError("disk full")
        if any(known.message_id == message.message_id for known in self.messages):
            return False
        self.messages.append(message)
        return True

    async def status(self, status: DeliveryStatus) -> bool:
        self.statuses.append(status)
        return status.provider_message_id in self.ours

    async def converse(self, message: Inbound, within: float) -> Heard:
        await self.accept(message)
        return Heard((Outbound(f"Heard {message.message_id}."),))

    async def open_question(self, provider: str, address: str) -> Heard:
        return Heard()

    async def call_ended(self, provider: str, address: str, call: str) -> None:
        self.ended.append((address, call))

    async def transcribed(self, provider: str, message_id: str, text: str) -> bool:
        self.transcripts.append((message_id, text))
        return message_id in self.ours


@asynccontextmanager
async def serving(
    channel: InputChannel, receiver: Any, monkeypatch: pytest.MonkeyPatch, port: int = 0
) -> AsyncIterator[str]:
    """The address of a server with `channel` at /webhooks/<name>/, while the context is open."""
    async with server_of(channel, receiver, monkeypatch, port) as (url, _):
        yield url


@asynccontextmanager
async def server_of(
    channel: InputChannel, receiver: Any, monkeypatch: pytest.MonkeyPatch, port: int = 0
) -> AsyncIterator[tuple[str, Sanic]]:
    """The same, and its Sanic app beside the address."""
    monkeypatch.setattr("sanic.app.TouchUp.run", touch_up_once)
    app = Sanic(f"test_{uuid.uuid4().hex}", configure_logging=False)
    register([channel], app, "/webhooks/")
    app.ctx.receiver = receiver
    app.ctx.arrival = Arrival(seconds=0)  # where there is none a test is told so at once
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", port))
        server = await app.create_server(sock=sock, return_asyncio_server=True, access_log=False)
        assert server is not None
        await server.startup()
        await server.before_start()
        await server.after_start()
        await server.start_serving()
        yield f"http://127.0.0.1:{sock.getsockname()[1]}", app
        server.close()
