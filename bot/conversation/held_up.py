"""Letters under way. A provider that does not answer holds up its own letters, not those of others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from bot.conversation.failure import tell

log = logging.getLogger(__name__)

HELD_UP_SECONDS = 1.0
"""A letter that takes longer goes on by itself, and nothing more is begun with its provider meanwhile."""

Sending = tuple[str, Coroutine[Any, Any, None]]
"""A provider, and the sending of one letter to it."""


class UnderWay:
    """What is being sent, and to whom it takes long. `ended` is called when one of those is done."""

    def __init__(self, ended: Callable[[], None]) -> None:
        self._slow: dict[asyncio.Task[None], str] = {}
        self._ended = ended

    def held_up(self) -> list[str]:
        """Providers that have not answered for long."""
        return list(set(self._slow.values()))

    async def send(self, sendings: Sequence[Sending]) -> None:
        """All at once, until they are done or take long. Raises what the first of them raised."""
        tasks = {asyncio.create_task(work): provider for provider, work in sendings}
        done, pending = await self._wait(tasks, HELD_UP_SECONDS)
        for task in pending:
            self._slow[task] = tasks[task]
            task.add_done_callback(self._is_done)
        for error in [task.exception() for task in tasks if task in done]:
            if error is not None:
                raise error

    def _is_done(self, task: asyncio.Task[None]) -> None:
        del self._slow[task]
        if not task.cancelled() and (error := task.exception()) is not None:
            tell(log, error, "A letter that took long failed; it is found again.")
        self._ended()

    async def idle(self) -> None:
        """Wait for what takes long."""
        while self._slow:
            await self._wait(self._slow, None)

    async def _wait(self, tasks: Any, seconds: float | None) -> tuple[set[Any], set[Any]]:
        """Who is told to stop takes them along: nobody is left to write down what became of them."""
        try:
            done, pending = await asyncio.wait(list(tasks), timeout=seconds)
        except asyncio.CancelledError:
            waited_for = [*tasks, *self._slow]
            for task in waited_for:
                task.cancel()
            await asyncio.gather(*waited_for, return_exceptions=True)
            raise
        return done, pending
