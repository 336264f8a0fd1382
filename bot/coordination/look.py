"""How Redis stands, for somebody who only looks (`conductor doctor`)."""

from __future__ import annotations

from typing import Any

from bot.coordination.crew import ALIVE_SECONDS, PROCESSES, WORKERS
from bot.coordination.jobs import queues
from bot.coordination.link import Link
from bot.telemetry.redis_writes import refusal, try_write


async def look(url: str) -> dict[str, Any] | None:
    """version, memory, policy (what is dropped when memory is short), workers, processes (servers and workers), jobs.
    `refuses` instead of them: Redis' word for why it takes no writes. None: it does not answer."""
    link = Link(url)
    try:
        await try_write(link.redis)
        return await _facts(link.redis)
    except link.failures as error:
        word = refusal(error)
        return {"refuses": word} if word else None
    finally:
        await link.close()


async def _facts(redis: Any) -> dict[str, Any]:
    known = await redis.info()
    seconds, _ = await redis.time()
    return {
        "version": known["redis_version"],
        "memory": known["used_memory_human"],
        "policy": known.get("maxmemory_policy", ""),
        "workers": int(await redis.zcount(WORKERS, seconds - ALIVE_SECONDS, "+inf")),
        "processes": int(await redis.zcount(PROCESSES, seconds - ALIVE_SECONDS, "+inf")),
        "jobs": sum([int(await redis.llen(queue)) for queue in queues()]),
    }
