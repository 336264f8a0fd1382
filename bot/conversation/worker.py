"""Messages of one conversation are handled in order, one at a time; different conversations side by side.

Each conversation with something to do has one task, which ends when there is nothing more. Nothing polls but the
look for
rows that another process wrote (`conductor invite`), once a second.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.conversation.failure import trace
from bot.conversation.ports import Clock, Store

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 1.0

SIDE_BY_SIDE = 16
"""Conversations handled at the same moment. More only wait for each other: a campaign's 10,000 invitations at once
would run out of database connections (30 s), and what fails for that reason counts as a failed attempt."""


@dataclass
class _Held:
    """A conversation's lock, and how many hold it or wait for it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class Worker:
    """Runs `handle_next(conversation)` until it returns False, for every conversation that was woken."""

    def __init__(self, store: Store, handle_next: Callable[[int], Awaitable[bool]], clock: Clock) -> None:
        self._store = store
        self._handle_next = handle_next
        self._clock = clock
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._again: set[int] = set()
        self._locks: dict[int, _Held] = {}
        self._slots = asyncio.Semaphore(SIDE_BY_SIDE)
        self._look: asyncio.Task[None] | None = None
        self._stopping = False

    def wake(self, conversation: int) -> None:
        """There is something to do for `conversation`."""
        if self._stopping:
            return
        if conversation in self._tasks:
            self._again.add(conversation)
            return
        self._tasks[conversation] = asyncio.create_task(self._run(conversation))

    async def _run(self, conversation: int) -> None:
        try:
            while not self._stopping:
                self._again.discard(conversation)
                async with self._slots, self.exclusive(conversation):
                    more = await self._handle_next(conversation)
                if not more and conversation not in self._again:
                    return
        except Exception as error:
            # The message is still in the inbox: the next look takes it up again.
            log.error("Conversation %s: handling stopped.\n%s", conversation, trace(error))
        finally:
            del self._tasks[conversation]

    @asynccontextmanager
    async def exclusive(self, conversation: int) -> AsyncIterator[None]:
        """Nobody else of this process changes `conversation` inside this block; those who wait come in order."""
        held = self._locks.setdefault(conversation, _Held())
        held.users += 1
        try:
            async with held.lock:
                yield
        finally:
            held.users -= 1
            if not held.users:
                del self._locks[conversation]

    async def look(self) -> None:
        """Take up what waits: after a start, and what another process wrote."""
        await self._store.due_timers(self._clock.now())
        for conversation in await self._store.waiting():
            self.wake(conversation)

    def start(self) -> None:
        self._look = asyncio.create_task(self._look_for_ever())

    async def _look_for_ever(self) -> None:
        while True:
            try:
                await self.look()
            except Exception as error:
                log.error("Looking for waiting messages failed; trying again.\n%s", trace(error))
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def idle(self) -> None:
        """Wait until nothing is being handled."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def idle_in(self, conversation: int) -> None:
        """Wait until nothing of `conversation` is being handled."""
        task = self._tasks.get(conversation)
        if task is not None:
            await asyncio.wait([task])

    async def stop(self) -> None:
        """Finish the messages that are in hand, take no more."""
        self._stopping = True
        if self._look is not None:
            self._look.cancel()
            await asyncio.gather(self._look, return_exceptions=True)  # it may be writing
        await self.idle()
