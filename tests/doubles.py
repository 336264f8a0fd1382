"""Stand-ins that tests share: a clock that stands still, and a provider that remembers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from channels.contract import Outbound

NOON = "2026-11-23T12:00:00+00:00"  # a Monday


@dataclass
class FrozenClock:
    """Stands still until a test moves it."""

    at: str = NOON

    def now(self) -> str:
        return self.at

    def forward(self, minutes: float) -> None:
        self.at = (datetime.fromisoformat(self.at) + timedelta(minutes=minutes)).isoformat()


@dataclass
class RecordingSender:
    """A provider that takes everything, in order, and drops what it has seen, as one that knows our keys does."""

    remembers_keys = True
    taken: list[tuple[str, Outbound]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    async def send(self, channel: str, address: str, message: Outbound, key: str) -> str:
        if key not in self.keys:
            self.keys.add(key)
            self.taken.append((address, message))
        return f"theirs-{key}"
