"""Whether Redis answers and takes writes, and how many worker processes are alive there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from bot.telemetry.redis_writes import try_write

HEARTBEATS = "conductor:workers"
"""Each worker writes Redis' time (seconds) there every two seconds (`bot/coordination/crew.py`)."""

ALIVE_SECONDS = 10.0
PATIENCE_SECONDS = 0.5


@dataclass(frozen=True)
class RedisHealth:
    """`workers`: processes that gave a sign of life in the last 10 s; 0 while Redis is away."""

    reachable: bool
    workers: int = 0


class RedisLook:
    """Asks over one connection that is kept."""

    def __init__(self, url: str) -> None:
        from redis.asyncio import Redis

        self._redis: Any = Redis.from_url(url, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS)

    async def __call__(self) -> RedisHealth:
        try:
            await try_write(self._redis)
            seconds, _ = await self._redis.time()  # Redis' own clock: ours may be wrong
            return RedisHealth(True, int(await self._redis.zcount(HEARTBEATS, seconds - ALIVE_SECONDS, "+inf")))
        except Exception:  # Redis gone, full, slow, or asking for a password: for whoever looks it is all the same
            return RedisHealth(False)

    async def close(self) -> None:
        await asyncio.gather(self._redis.close(), return_exceptions=True)
