"""Processes as far as Redis can tell: each a connection of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from bot.coordination.link import Link
from tests.backends import RedisServer

Connect = Callable[[], Link]


@pytest.fixture
async def connect(redis_here: RedisServer) -> AsyncIterator[Connect]:
    """Makes a link of one more process."""
    links: list[Link] = []

    def one() -> Link:
        links.append(Link(redis_here.url))
        return links[-1]

    yield one
    for link in links:
        await link.close()
