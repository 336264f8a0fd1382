"""A server whose Redis is away goes on alone: it is ready, and says that it is degraded."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from bot.console.operations.health import Readiness
from bot.coordination import link as link_module
from bot.coordination.link import Link
from bot.storage.engine import Database
from tests.backends import Backend
from tests.coordination.refusing import Change, emptied, full, primary, replica


async def test_redis_away_is_degraded_and_ready(grown: Backend) -> None:
    assert grown.redis is not None
    database = Database(grown.database_url)
    link = Link(grown.environment["REDIS_URL"])
    here = SimpleNamespace(database=database, model="m.tar.gz", together=SimpleNamespace(link=link))

    async def seen() -> tuple[bool, bool, str]:
        await link.ask(lambda redis: redis.ping(), None)  # as each of its works does
        state = await Readiness().of(here)
        return state["ready"], state["degraded"], state["checks"]["redis"]

    assert await seen() == (True, False, "ok")
    grown.redis.kill()
    try:
        assert await seen() == (True, True, "unreachable")
    finally:
        grown.redis.start()
        await link.close()
        await database.close()


@pytest.mark.parametrize(
    ("refuses", "takes", "words"),
    [
        (full, emptied, "answers, but takes no writes: its memory is full (OOM)"),
        (replica, primary, "answers, but takes no writes: it is a replica (READONLY)"),
    ],
    ids=["full", "replica"],
)
async def test_a_redis_that_takes_no_writes_is_not_called_unreachable(
    refuses: Change, takes: Change, words: str, grown: Backend, monkeypatch: Any
) -> None:
    assert grown.redis is not None
    monkeypatch.setattr(link_module, "PROBE_SECONDS", 0.01)
    redis, link, back = grown.redis.client(), Link(grown.environment["REDIS_URL"]), asyncio.Event()
    link.on_change(lambda up: back.set() if up else None)
    database = Database(grown.database_url)
    here = SimpleNamespace(database=database, model="m.tar.gz", together=SimpleNamespace(link=link))
    refuses(redis)
    try:
        await link.ask(lambda redis: redis.set("conductor:test", "x"), None)
        state = await Readiness().of(here)
        assert (state["ready"], state["degraded"], state["checks"]["redis"]) == (True, True, words)
        takes(redis)
        await asyncio.wait_for(back.wait(), 10)
        assert (await Readiness().of(here))["checks"]["redis"] == "ok"
    finally:
        takes(redis)
        await link.close()
        await database.close()


@pytest.mark.about_sqlite("there is no Redis beside it")
async def test_without_redis_nothing_is_missing(embedded: Backend) -> None:
    database = Database(embedded.database_url)
    state = await Readiness().of(SimpleNamespace(database=database, model="m.tar.gz", together=None))
    await database.close()
    assert (state["degraded"], "redis" in state["checks"]) == (False, False)
