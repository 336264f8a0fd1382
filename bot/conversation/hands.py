"""How many letters of each provider a worker has under way, and which conversations wait for one that has enough."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict

AT_ONCE_OF_ONE = 12
"""Letters of one provider that a worker has under way at most, of the 16 that its hands hold: when it hangs, some hands
are free for the others (`bot/coordination/jobs.py`)."""

MOST_WAITING = 400
"""Conversations of a campaign that wait for one provider: twice what is handed over at a tick. The others are found
again."""


class Hands:
    """Of one process. What waits here is a hint only: what is due stands in the database, and is found again there."""

    def __init__(self) -> None:
        self._busy: Counter[str] = Counter()
        self._awaited: dict[str, dict[int, None]] = defaultdict(dict)
        self._others: dict[str, dict[int, None]] = defaultdict(dict)
        self._idle = asyncio.Event()
        self._idle.set()

    def take(self, provider: str) -> bool:
        """Whether a hand is free for a letter of this provider; it is taken then."""
        if self._busy[provider] >= AT_ONCE_OF_ONE:
            return False
        self._busy[provider] += 1
        self._idle.clear()
        return True

    def free(self, provider: str) -> None:
        self._busy[provider] -= 1
        if not any(self._busy.values()):
            self._idle.set()

    async def idle(self) -> None:
        """Wait until no letter is under way."""
        await self._idle.wait()

    def wait(self, provider: str, conversation: int, awaited: bool) -> None:
        """The next hand that is free takes it up. `awaited`: its customer has just written, and looks at the screen: it
        goes before all that nobody waits for, and behind others that are awaited."""
        if awaited:
            self._others[provider].pop(conversation, None)
            self._awaited[provider][conversation] = None
        elif conversation not in self._awaited[provider] and len(self._others[provider]) < MOST_WAITING:
            self._others[provider][conversation] = None

    def next(self, provider: str) -> int | None:
        """A conversation that has waited."""
        for waiting in (self._awaited[provider], self._others[provider]):
            if waiting:
                first = next(iter(waiting))
                del waiting[first]
                return first
        return None

    def somebody_awaits(self, provider: str) -> bool:
        """Whether a customer looks at the screen for what comes `next`."""
        return bool(self._awaited[provider])

    def waiting(self) -> int:
        """How many conversations wait, of all providers."""
        return sum(len(waiting) for named in (self._awaited, self._others) for waiting in named.values())

    def waits(self, provider: str, conversation: int) -> bool:
        """Whether a hand of this process will take it up. Where none is busy with its provider, nobody will."""
        waits = conversation in self._awaited[provider] or conversation in self._others[provider]
        return waits and self._busy[provider] > 0

    def forget(self, provider: str) -> None:
        """It takes nothing for a while; then they are found again."""
        self._awaited.pop(provider, None)
        self._others.pop(provider, None)
