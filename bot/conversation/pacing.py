"""How fast a provider takes letters. The limits themselves are each channel's data (`Sender.per_second`)."""

from __future__ import annotations

from typing import Protocol


class Pace(Protocol):
    """Implemented in `bot/coordination/limits.py`, in memory or shared by all processes."""

    def wait(self, provider: str) -> float:
        """Seconds until the next free moment, as far as this process knows."""

    async def take(self, provider: str, patience: float) -> float:
        """Wait for the provider's next free moment, at most `patience` seconds. Returns 0: now; else in how many
        seconds to come again."""


class Unhurried:
    """No limits."""

    def wait(self, provider: str) -> float:
        return 0.0

    async def take(self, provider: str, patience: float) -> float:
        return 0.0
