"""Who may change a conversation: one at a time, in this process in order of arrival, and among processes as well where
there are several."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol


class SharedLock(Protocol):
    """A conversation's lock among processes (`bot/coordination/locks.py`). Never two of one process at once."""

    woken: Callable[[int], None]
    """Set by who uses it: told of a conversation that is to be looked at once more."""

    async def try_take(self, conversation: int) -> bool:
        """False: another process has it, and looks once more before it is done."""

    async def take(self, conversation: int) -> None:
        """Wait for it; whoever works on messages lets it go first."""

    async def give_back(self, conversation: int) -> bool:
        """Returns whether somebody tried to take it meanwhile, and went away."""


@dataclass
class _Held:
    """A conversation's lock, and how many hold it or wait for it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


@dataclass
class Hold:
    """`mine`: this process has the conversation. `asked`, known afterwards: look once more, somebody went away."""

    mine: bool = True
    asked: bool = False


class Locks:
    """`shared` None: there is one process. `woken(conversation)` is called when a message came while a takeover had the
    conversation."""

    def __init__(self, shared: SharedLock | None = None, woken: Callable[[int], None] = lambda _: None) -> None:
        self._shared = shared
        if shared is not None:
            shared.woken = woken
        self._woken = woken
        self._locks: dict[int, _Held] = {}

    @asynccontextmanager
    async def hold(self, conversation: int) -> AsyncIterator[Hold]:
        """For who works on messages: does not wait for other processes."""
        async with self._here(conversation):
            hold = Hold()
            if self._shared is None:
                yield hold
                return
            hold.mine = await self._shared.try_take(conversation)
            try:
                yield hold
            finally:
                if hold.mine:
                    hold.asked = await self._shared.give_back(conversation)

    @asynccontextmanager
    async def exclusive(self, conversation: int) -> AsyncIterator[None]:
        """Nobody else changes `conversation` inside this block; those who wait come in order."""
        async with self._here(conversation):
            if self._shared is None:
                yield
                return
            await self._shared.take(conversation)
            try:
                yield
            finally:
                if await self._shared.give_back(conversation):
                    self._woken(conversation)

    def awaited(self, conversation: int) -> bool:
        """Whether somebody else of this process waits for it."""
        held = self._locks.get(conversation)
        return held is not None and held.users > 1

    @asynccontextmanager
    async def _here(self, conversation: int) -> AsyncIterator[None]:
        held = self._locks.setdefault(conversation, _Held())
        held.users += 1
        try:
            async with held.lock:
                yield
        finally:
            held.users -= 1
            if not held.users:
                del self._locks[conversation]
