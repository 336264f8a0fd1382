"""Who may call a local provider: programs on this machine, and no page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from channels.loopback import Loopback


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Loopback]:
    async def hello(request: web.Request) -> web.Response:
        return web.Response(text="hello")

    server = Loopback()
    server.app.router.add_post("/api", hello)
    await server.start()
    yield server
    await server.stop()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "[::1"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
async def test_a_page_and_a_name_that_is_not_ours_are_refused(
    server: Loopback, headers: Mapping[str, str], status: int
) -> None:
    told: list[int] = []
    server.told.append(lambda request, answered: told.append(answered))

    async with aiohttp.ClientSession() as session, session.post(f"{server.url}/api", headers=headers) as answer:
        assert answer.status == status

    assert told == ([200] if status == 200 else [])  # who is refused is not heard of


async def test_the_address_is_known_before_it_runs_and_stays() -> None:
    server = Loopback()
    url = server.bind()

    await server.start()

    assert server.url == url
    assert url.startswith("http://127.0.0.1:")
    await server.stop()
