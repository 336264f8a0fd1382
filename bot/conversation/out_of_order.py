"""Channels that are out of order: bad credentials, a suspended account. Their letters wait, and lose no attempt; now
and then one of them tries."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict

from channels.contract import SendError

log = logging.getLogger(__name__)

DEAD_SECONDS = 300
"""How long a channel that is out of order is left alone before it is tried again."""

OUT_OF_ORDER = "The channel is out of order: "
"""How the reason begins that letters bear while their channel is: `conductor channels` and `doctor` look for it."""


class OutOfOrder:
    """What this process knows of its channels. Times are ISO 8601."""

    def __init__(self) -> None:
        self._until: dict[str, tuple[str, str]] = {}
        """Provider → until when it is left alone, and why."""
        self._probing: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def __contains__(self, provider: str) -> bool:
        return provider in self._until

    def probing(self, provider: str) -> asyncio.Lock:
        """Held by the one letter that tries whether the channel works again."""
        return self._probing[provider]

    def left_alone(self, provider: str, now: str) -> tuple[str, str] | None:
        """Until when, and why; None when it is time to try."""
        until, why = self._until[provider]
        return (until, why) if until > now else None

    def found(self, provider: str, error: SendError, until: str) -> tuple[str, str]:
        """Stop trying until then, don't burn the queue. Returns until when, and why."""
        log.error("The channel %s is out of order, its messages wait: %s", provider, error)
        self._until[provider] = (until, f"{OUT_OF_ORDER}{error}")
        return self._until[provider]

    def works(self, provider: str) -> None:
        self._until.pop(provider, None)
