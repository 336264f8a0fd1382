"""Who works: each worker says in Redis that it is alive, and one of them leads."""

from __future__ import annotations

import asyncio
import os
import socket
import uuid
from collections.abc import Sequence
from typing import Any

from bot.coordination.link import PREFIX, Link

BEAT_SECONDS = 2.0
ALIVE_SECONDS = 10.0
"""A worker that was not heard of for longer is dead."""
LEAD_SECONDS = 5.0

WORKERS = f"{PREFIX}workers"
PROCESSES = f"{PREFIX}processes"
"""Servers and workers: while Redis is gone all of them send."""

LEAD = """
local leader = redis.call('GET', KEYS[1])
if leader and leader ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""


class Crew:
    """The workers, as seen from one process. `works`: this process is one itself."""

    def __init__(self, link: Link, works: bool) -> None:
        self._link = link
        self._works = works
        self._me = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._lead = link.redis.register_script(LEAD)
        self._led: set[str] = set()
        self._beating: asyncio.Task[None] | None = None
        self.count = 1 if works else 0
        """Workers alive at the last look."""
        self._processes = 1

    @property
    def at_work(self) -> bool:
        """Whether somebody works off what this process hands over. False as well while Redis is gone."""
        return self._link.up and self.count > 0

    async def leads(self, what: str = "workers") -> bool:
        """Whether this process leads in `what` until the next look. While Redis is gone everybody does: all that is
        led is compare-and-set."""
        life = int(LEAD_SECONDS * 1000)
        self._led.add(what)
        return bool(await self._link.ask(lambda _: self._lead(keys=[_leader(what)], args=[self._me, life]), 1))

    def share(self) -> int:
        """Among how many processes something is divided while Redis is gone: as many as were alive before."""
        return self._processes

    async def start(self) -> None:
        await self._beat()
        self._beating = asyncio.create_task(self._beat_for_ever())

    async def _beat_for_ever(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            await self._beat()

    async def _beat(self) -> None:
        self.count = len(await self._link.ask(self._told, [self._me] if self._works else []))

    async def _told(self, redis: Any) -> Sequence[Any]:
        seconds, micro = await redis.time()  # one clock for all machines
        now = seconds + micro / 1e6
        pipe = redis.pipeline(transaction=False)
        for whose in [PROCESSES, *([WORKERS] if self._works else [])]:
            pipe.zadd(whose, {self._me: now})
            pipe.zremrangebyscore(whose, 0, now - 10 * ALIVE_SECONDS)
        pipe.zcount(PROCESSES, now - ALIVE_SECONDS, "+inf")
        pipe.zrangebyscore(WORKERS, now - ALIVE_SECONDS, "+inf")
        *_, processes, found = await pipe.execute()
        self._processes = max(1, int(processes))
        return list(found)

    async def stop(self) -> None:
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)
        for whose in [PROCESSES, WORKERS]:
            await self._link.ask(lambda redis, whose=whose: redis.zrem(whose, self._me), 0)  # type: ignore[misc]
        for what in self._led:
            await self._step_down(_leader(what))

    async def _step_down(self, key: str) -> None:
        if await self._link.ask(lambda redis: redis.get(key), None) == self._me.encode():
            await self._link.ask(lambda redis: redis.delete(key), 0)


def _leader(what: str) -> str:
    return f"{PREFIX}leader:{what}"
