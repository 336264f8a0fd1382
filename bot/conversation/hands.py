"""How many letters of each provider a worker has under way, and which conversations wait for one that has enough."""

from __future__ import annotations

from collections import Counter, defaultdict, deque

AT_ONCE_OF_ONE = 12
"""Letters of one provider that a worker has under way at most, of the 16 that its hands hold: when it hangs, some hands
are free for the others (`bot/coordination/jobs.py`)."""

MOST_WAITING = 400
"""Conversations that wait for one provider: twice what is handed over at a tick. The others are found again."""


class Hands:
    """Of one process. What waits here is a hint only: what is due stands in the database, and is found again there."""

    def __init__(self) -> None:
        self._busy: Counter[str] = Counter()
        self._waiting: dict[str, deque[int]] = defaultdict(deque)

    def take(self, provider: str) -> bool:
        """Whether a hand is free for a letter of this provider; it is taken then."""
        if self._busy[provider] >= AT_ONCE_OF_ONE:
            return False
        self._busy[provider] += 1
        return True

    def free(self, provider: str) -> None:
        self._busy[provider] -= 1

    def wait(self, provider: str, conversation: int, awaited: bool) -> None:
        """The next hand that is free takes it up. `awaited`: its customer looks at the screen, so it goes first."""
        waiting = self._waiting[provider]
        if conversation in waiting or len(waiting) >= MOST_WAITING:
            return
        if awaited:
            waiting.appendleft(conversation)
        else:
            waiting.append(conversation)

    def next(self, provider: str) -> int | None:
        """A conversation that has waited."""
        waiting = self._waiting[provider]
        return waiting.popleft() if waiting else None

    def forget(self, provider: str) -> None:
        """It takes nothing for a while; then they are found again."""
        self._waiting.pop(provider, None)
