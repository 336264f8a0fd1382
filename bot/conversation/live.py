"""News for screens, inside one process: each subscriber gets what is published after it came. Never the truth."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Any

BACKLOG = 100
"""A screen that reads slower than this loses the oldest news; it reads the state anew anyway."""


class InProcessEvents:
    """Implements `ports.LiveEvents`."""

    def __init__(self) -> None:
        self._queues: dict[int | None, set[asyncio.Queue[Mapping[str, Any]]]] = {}

    def publish(self, conversation: int, kind: str, data: Mapping[str, Any]) -> None:
        news = {"kind": kind, "data": data, "conversation": conversation}
        for queue in (*self._queues.get(conversation, ()), *self._queues.get(None, ())):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(news)

    async def wait(self, conversation: int, seconds: float) -> None:
        """Until something is published of `conversation`, at most so long."""
        following = self.subscribe(conversation)
        try:
            await asyncio.wait_for(following.__anext__(), seconds)
        except asyncio.TimeoutError:
            return
        finally:
            await following.aclose()

    async def subscribe(self, conversation: int | None) -> AsyncGenerator[Mapping[str, Any], None]:
        queue: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue(BACKLOG)
        self._queues.setdefault(conversation, set()).add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            here = self._queues[conversation]
            here.discard(queue)
            if not here:
                del self._queues[conversation]
