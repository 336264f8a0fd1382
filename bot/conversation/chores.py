"""What is looked after again and again while the server runs: clocks of cases, notifications. One at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from bot.conversation.failure import tell

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0

SELDOM = 5
"""Every so many looks what may wait for some seconds is done, too."""

Chore = Callable[[], Awaitable[int]]
"""Does what is due now; returns how much that was."""


class Chores:
    """A chore that fails is tried again at the next look; the others are done all the same."""

    def __init__(
        self,
        chores: Sequence[Chore],
        every_seconds: float = EVERY_SECONDS,
        mine: Callable[[], bool] = lambda: True,
        seldom: Sequence[Chore] = (),
    ) -> None:
        """`mine`: whether this process does them by itself; else it does when it is told to (`look`). `seldom`: those
        that a running process does only at every fifth look."""
        self._mine = mine
        self._chores, self._seldom = list(chores), list(seldom)
        self._every = every_seconds
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._woken = asyncio.Event()

    async def look(self) -> None:
        """Do everything that is due now. Raises what a chore raises, after the others are done."""
        await self._do([*self._seldom, *self._chores])

    async def _do(self, chores: Sequence[Chore]) -> None:
        failed: Exception | None = None
        for chore in chores:
            try:
                await chore()
            except Exception as error:
                failed = failed or error
        if failed is not None:
            raise failed

    def start(self) -> None:
        self._task = asyncio.create_task(self._for_ever())

    def wake(self) -> None:
        """There is something to do now."""
        self._woken.set()

    async def _for_ever(self) -> None:
        looks = 0
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                if self._mine():
                    await self._do(self._chores if looks % SELDOM else [*self._seldom, *self._chores])
            except Exception as error:
                tell(log, error, "A chore failed; trying again.")
            looks += 1
            try:
                await asyncio.wait_for(self._woken.wait(), self._every)
            except asyncio.TimeoutError:
                continue

    async def stop(self) -> None:
        """Finish the chore that is under way."""
        self._stopping.set()
        self._woken.set()
        if self._task is not None:
            await self._task
