"""Messages of one conversation are handled in order, one at a time; different conversations side by side.

Each conversation with something to do has one task, which ends when there is nothing more. Nothing polls but the
look for
rows that another process wrote (`conductor invite`), once a second.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from bot.conversation.failure import tell
from bot.conversation.locks import Locks, SharedLock
from bot.conversation.ports import Clock, Store
from bot.telemetry.away import DATABASE
from bot.telemetry.turns import about

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 1.0

IN_A_ROW = 4
"""Messages of a conversation that are handled before others, who wait for it, get their turn."""

SIDE_BY_SIDE = 16
"""Conversations handled at the same moment. More only wait for each other: a campaign's 10,000 invitations at once
would run out of database connections (30 s), and what fails for that reason counts as a failed attempt."""


class Worker:
    """Runs `handle_next(conversation)` until it returns False (nothing more is there), for every conversation that was
    woken."""

    def __init__(
        self,
        store: Store,
        handle_next: Callable[[int], Awaitable[bool]],
        clock: Clock,
        shared: SharedLock | None = None,
        strikes: Callable[[], bool] = lambda: True,
        elsewhere: Callable[[int], None] | None = None,
    ) -> None:
        """`shared`: locks among processes. `strikes`: whether this process looks for clocks that strike. `elsewhere`:
        other processes handle the messages, and are woken by it."""
        self._strikes = strikes
        self._elsewhere = elsewhere
        self._store = store
        self._handle_next = handle_next
        self._clock = clock
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._again: set[int] = set()
        self._locks = Locks(shared, self.wake)
        self._slots = asyncio.Semaphore(SIDE_BY_SIDE)
        self._look: asyncio.Task[None] | None = None
        self._stopping = False

    def wake(self, conversation: int) -> None:
        """There is something to do for `conversation`."""
        if self._stopping:
            return
        if self._elsewhere is not None:
            self._elsewhere(conversation)
            return
        if conversation in self._tasks:
            self._again.add(conversation)
            return
        self._tasks[conversation] = asyncio.create_task(self._run(conversation))

    async def _run(self, conversation: int) -> None:
        with about(conversation):
            await self._worked_off(conversation)

    async def _worked_off(self, conversation: int) -> None:
        try:
            while not self._stopping:
                self._again.discard(conversation)
                async with self._slots:
                    more = await self._work_on(conversation)
                if not more and conversation not in self._again:
                    return
        except Exception as error:
            # The message is still in the inbox: the next look takes it up again.
            tell(log, error, "Conversation %s: handling stopped.", conversation)
        finally:
            del self._tasks[conversation]

    async def _work_on(self, conversation: int) -> bool:
        """A few messages, or fewer when somebody waits to take the conversation over. Returns whether to look again."""
        async with self._locks.hold(conversation) as hold:
            more, left = hold.mine, IN_A_ROW
            while more and left and not self._stopping:
                more = await self._handle_next(conversation)
                left -= 1
                if self._locks.awaited(conversation):
                    break
        return more or hold.asked

    def exclusive(self, conversation: int) -> AbstractAsyncContextManager[None]:
        """Nobody else changes `conversation` inside this block; those who wait come in order."""
        return self._locks.exclusive(conversation)

    async def look(self) -> None:
        """Take up what waits: after a start, and what another process wrote."""
        if self._strikes():
            await self._store.due_timers(self._clock.now())
        for conversation in await self._store.waiting(self._clock.now()):
            self.wake(conversation)

    def start(self) -> None:
        self._look = asyncio.create_task(self._look_for_ever())

    async def _look_for_ever(self) -> None:
        while True:
            try:
                await self.look()
                DATABASE.answers()
            except Exception as error:
                tell(log, error, "Looking for waiting messages failed; trying again.")
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
