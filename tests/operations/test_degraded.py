"""A server whose Redis is away goes on alone: it is ready, and says that it is degraded."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from bot.console.operations.health import Readiness
from bot.coordination.link import Link
from bot.storage.engine import Database
from tests.backends import Backend


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


@pytest.mark.about_sqlite("there is no Redis beside it")
async def test_without_redis_nothing_is_missing(embedded: Backend) -> None:
    database = Database(embedded.database_url)
    state = await Readiness().of(SimpleNamespace(database=database, model="m.tar.gz", together=None))
    await database.close()
    assert (state["degraded"], "redis" in state["checks"]) == (False, False)
