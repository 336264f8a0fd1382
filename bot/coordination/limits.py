"""Providers' limits, kept by all processes together: a moving window in Redis, or in memory where there is one process.

A window alone lets everything go in its first moment, and two bursts may meet at the provider. So each process spaces
its letters evenly as well, by its share of the limit; the window only stops what would still be too much.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from bot.coordination.link import Link

log = logging.getLogger(__name__)

MARGIN = 0.975
"""Of the limit that a window may hold: a letter may take a little longer to the provider than the one before."""
TRY_AGAIN_SECONDS = 0.02
FRESH_SECONDS = 0.025
"""A moment that was granted longer ago, because the process was busy, is given up for another one: so what the margin
leaves is enough, and a provider sees no second that is too full."""
GIVEN_UP = 3
"""So often. A machine that is always too late must send all the same."""
CATCH_UP_SECONDS = 0.25
"""Moments that a busy process let pass it may still use."""


class Limits:
    """Implements `bot.conversation.pacing.Pace`. `per_second`: provider → letters; providers that are not named have
    no limit. `share`: among how many processes a limit is divided. `link` None: there is one process."""

    def __init__(
        self, per_second: Mapping[str, float], link: Link | None = None, share: Callable[[], int] = lambda: 1
    ) -> None:
        self._per_second = dict(per_second)
        self._link = link
        self._share = share
        self._next: dict[str, float] = defaultdict(float)
        self._storages: dict[bool, Any] = {}

    def wait(self, provider: str) -> float:
        return max(0.0, self._next[provider] - time.monotonic())

    async def take(self, provider: str, patience: float) -> float:
        limit = self._per_second.get(provider)
        if not limit:
            return 0.0
        now = time.monotonic()
        moment = max(now - CATCH_UP_SECONDS, self._next[provider])
        if moment - now > patience:
            return moment - now
        self._next[provider] = moment + self._share() / limit
        await asyncio.sleep(max(0.0, moment - now))
        given_up = 0
        while not (granted := await self._within(provider, limit)) or (
            time.monotonic() - granted > FRESH_SECONDS and given_up < GIVEN_UP
        ):
            given_up += bool(granted)
            if time.monotonic() - now > patience:
                return TRY_AGAIN_SECONDS
            await asyncio.sleep(TRY_AGAIN_SECONDS)
        return 0.0

    async def _within(self, provider: str, limit: float) -> float:
        """When a moment was granted (`time.monotonic`); 0: none was."""
        if self._link is None:
            return self._hit(provider, limit, None)
        link, loop = self._link, asyncio.get_running_loop()
        shared = await link.ask(lambda _: loop.run_in_executor(None, self._hit, provider, limit, link.url), None)
        return self._hit(provider, limit, None) if shared is None else shared

    def _hit(self, provider: str, limit: float, url: str | None) -> float:
        from limits import RateLimitItemPerSecond

        # A limit below one a second is one in so many seconds.
        most = max(1, int(limit * MARGIN))
        item = RateLimitItemPerSecond(*((most, 1) if limit >= 1 else (1, round(1 / limit))))
        asked = time.monotonic()
        return asked if self._window(url).hit(item, provider) else 0.0

    def _window(self, url: str | None) -> Any:
        if (url is not None) not in self._storages:
            from limits.storage import MemoryStorage, RedisStorage
            from limits.strategies import MovingWindowRateLimiter

            storage = MemoryStorage() if url is None else RedisStorage(url, socket_timeout=1.0)
            self._storages[url is not None] = (storage, MovingWindowRateLimiter(storage))  # it refers weakly to it
        return self._storages[url is not None][1]
