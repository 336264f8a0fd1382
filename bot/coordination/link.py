"""The connection to Redis, which may be gone at any moment, or take no writes: then every question has another answer,
at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

from bot.telemetry.away import REDIS
from bot.telemetry.redis_writes import refusal, try_room

T = TypeVar("T")

PATIENCE_SECONDS = 1.0
"""So long Redis may take for an answer. It takes a millisecond; a customer waits meanwhile."""
PROBE_SECONDS = 1.0
"""How often it is looked whether it is back, and takes writes."""
PREFIX = "conductor:"


class Link:
    """Asks Redis. One failure opens the circuit: nobody asks (and nobody waits) until a probe finds it back."""

    def __init__(self, url: str) -> None:
        from redis.asyncio import Redis
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff
        from redis.exceptions import ConnectionError as Lost
        from redis.exceptions import RedisError

        # A pooled connection that broke while it lay idle is opened anew, once: Redis may have been restarted.
        again = {"retry": Retry(NoBackoff(), 1), "retry_on_error": [Lost]}
        patience = {"socket_timeout": PATIENCE_SECONDS, "socket_connect_timeout": PATIENCE_SECONDS}
        if url.startswith("unix:"):
            del patience["socket_connect_timeout"]
        self.url = url
        self.redis: Any = Redis.from_url(url, **patience, **again)
        self.up = True
        self.refuses = ""
        """While it is not up: Redis' own word for why it takes no writes; "" where it does not answer."""
        self.losses = 0
        """How often it was lost since the start: a figure for /metrics."""
        self.failures: tuple[type[Exception], ...] = (RedisError, OSError, asyncio.TimeoutError)
        self._changed: list[Callable[[bool], None]] = []
        self._probing: asyncio.Task[None] | None = None

    def on_change(self, told: Callable[[bool], None]) -> None:
        """`told(up)` is called when Redis is lost, and when it is back."""
        self._changed.append(told)

    async def ask(self, work: Callable[[Any], Awaitable[T]], otherwise: T) -> T:
        """What `work(redis)` returns; `otherwise` while Redis is gone."""
        if not self.up:
            return otherwise
        try:
            return await work(self.redis)
        except self.failures as error:
            self._lost(error)
            return otherwise

    def _lost(self, error: Exception) -> None:
        if not self.up:
            return
        self.up = False
        self.losses += 1
        self.refuses = refusal(error)
        REDIS.fails(error)
        self._probing = asyncio.create_task(self._probe())
        self._tell()

    async def _probe(self) -> None:
        while True:
            await asyncio.sleep(PROBE_SECONDS)
            try:
                await try_room(self.redis)
            except self.failures as error:
                self.refuses = refusal(error)
                REDIS.fails(error)
                await self._let_go()
                continue
            self.up, self.refuses = True, ""
            REDIS.answers()
            self._tell()
            return

    async def _let_go(self) -> None:
        """After a failover the name leads elsewhere: an old connection would stay with what is a replica now."""
        with suppress(*self.failures):
            await self.redis.connection_pool.disconnect(inuse_connections=False)

    def _tell(self) -> None:
        for told in self._changed:
            told(self.up)

    async def close(self) -> None:
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.gather(self._probing, return_exceptions=True)
        await self.redis.close()
        await self.redis.connection_pool.disconnect()
