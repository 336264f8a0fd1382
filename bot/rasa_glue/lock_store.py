"""A lock for each conversation that neither polls nor reorders, for one process.

Every lock that comes with Rasa 3.6 asks once a second whether it is its turn, and a lost ticket stalls a conversation
for a minute. Across processes the order is kept by the inbox (docs/adr/0004), not here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from rasa.core.lock_store import LockStore

from bot.rasa_glue import in_process_actions  # noqa: F401  (installs the inprocess:// addresses)


@dataclass
class Turnstile:
    """One conversation's lock, and how many hold it or wait for it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class FifoLockStore(LockStore):
    """One `asyncio.Lock` a conversation: first come, first served; gone when nobody uses it.

    endpoints.yml: `lock_store: {type: bot.rasa_glue.lock_store.FifoLockStore}`.
    """

    def __init__(self, endpoint_config: Any = None) -> None:
        super().__init__()
        self._turnstiles: dict[str, Turnstile] = {}

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = 0, wait_time_in_seconds: float = 0
    ) -> AsyncIterator[None]:
        """Hold the lock of `conversation_id`. The two times are Rasa's and mean nothing here: the lock ends with its
        holder."""
        turnstile = self._turnstiles.setdefault(conversation_id, Turnstile())
        turnstile.users += 1
        try:
            async with turnstile.lock:
                yield None
        finally:
            turnstile.users -= 1
            if not turnstile.users:
                self._turnstiles.pop(conversation_id, None)

    def is_someone_waiting(self, conversation_id: str) -> bool:
        """Does anybody hold or await the lock?"""
        return conversation_id in self._turnstiles

    def __len__(self) -> int:
        """Conversations whose lock is held just now."""
        return len(self._turnstiles)
