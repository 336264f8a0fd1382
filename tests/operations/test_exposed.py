"""A worker's figures, at a port of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.bootstrap import Conductor
from bot.settings import load_settings
from bot.telemetry import exposed
from bot.working import NoAgent, Working
from tests.backends import Backend

TOKEN = "a-token-of-sixteen-characters"


@pytest_asyncio.fixture
async def port() -> AsyncIterator[int]:
    server = await exposed.expose("127.0.0.1", 0, exposed.Shown(TOKEN))
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


async def ask(port: int, request: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.encode())
    heard = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return heard.decode()


async def test_figures_for_who_shows_the_token(port: int) -> None:
    heard = await ask(port, f"GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n")
    assert heard.startswith("HTTP/1.1 200 OK")
    assert "conductor_send_seconds" in heard
    assert "process_resident_memory_bytes" in heard


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 401),
        ("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        ("GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        ("GET /health HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        ("POST /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        ("nonsense\r\n\r\n", 400),
        ("x" * 20_000, 400),
    ],
)
async def test_anything_else(port: int, request_: str, status: int) -> None:
    assert (await ask(port, request_)).startswith(f"HTTP/1.1 {status} ")


async def test_somebody_who_says_nothing_is_sent_away(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exposed, "PATIENCE_SECONDS", 0.05)
    assert (await ask(port, "GET /metrics HTTP/1.1\r\n")).startswith("HTTP/1.1 400 ")


async def test_a_worker_is_ready_between_its_start_and_its_end(grown: Backend) -> None:
    conductor = Conductor(load_settings(**grown.settings), NoAgent(), senders={}, works=True)
    working = Working(conductor)
    server = await exposed.expose("127.0.0.1", 0, exposed.Shown(TOKEN, ready=lambda: working.ready))
    port = server.sockets[0].getsockname()[1]
    said = []
    for step in (None, working.start, working.stop):
        if step is not None:
            await step()
        said.append((await ask(port, "GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n")).split(" ")[1])
    server.close()
    await server.wait_closed()
    assert said == ["503", "200", "503"]
