"""Providers' limits, kept by all processes together: places in Redis, or in memory where there is one process.

While Redis is gone each process keeps to its own share of the limit. When that begins and when it ends nothing is sent
for a moment (`QUIET_SECONDS`): what the other side let through just before is not known.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from itertools import count

from bot.conversation.pacing import Busy, NoPlace, Place
from bot.coordination.link import Link
from bot.coordination.places import Places, Window
from bot.coordination.shared_places import SharedPlaces

QUIET_SECONDS = 2.5
"""A window, until everybody has noticed (`link.PROBE_SECONDS`), and what is still under way then."""


class Limits:
    """Implements `bot.conversation.pacing.Pace`. `per_second`: provider → requests; providers that are not named have
    no limit. `per_chat`: provider → requests, and within how many seconds, to one address. `share`: among how many
    processes a limit is divided while Redis is gone. `link` None: there is one process."""

    def __init__(
        self,
        per_second: Mapping[str, float],
        link: Link | None = None,
        share: Callable[[], int] = lambda: 1,
        per_chat: Mapping[str, tuple[int, float]] | None = None,
    ) -> None:
        self._per_second = dict(per_second)
        self._per_chat = dict(per_chat or {})
        self._share = share
        self._link = link
        self._shared = None if link is None else SharedPlaces(link)
        self._own = Places()
        self._quiet = 0.0
        self._free: dict[str, float] = defaultdict(float)
        self._me, self._count = uuid.uuid4().hex[:12], count()
        self._telling: set[asyncio.Task[None]] = set()
        if link is not None:
            link.on_change(self._changed)

    def _changed(self, up: bool) -> None:
        self._quiet = time.monotonic() + QUIET_SECONDS

    def wait(self, provider: str) -> float:
        return max(0.0, self._free[provider] - time.monotonic())

    async def take(self, provider: str, address: str, patience: float) -> Place:
        if not self._per_second.get(provider) and provider not in self._per_chat:
            return NoPlace()
        until, token = time.monotonic() + patience, f"{self._me}:{next(self._count)}"
        while True:
            left = until - time.monotonic()
            place, seconds, chat = await self._try(provider, address, token, max(0.0, left))
            if place is None and not chat:
                self._free[provider] = time.monotonic() + seconds
            if place is None and seconds > left:
                raise Busy(seconds, chat)
            if seconds:
                await _wait(seconds)
            if place is not None:
                return place

    async def _try(
        self, provider: str, address: str, token: str, patience: float
    ) -> tuple[HeldPlace | None, float, bool]:
        """The place, and in how many seconds; or None, and when to ask again. The last says that it is this chat's."""
        quiet = self._quiet - time.monotonic()
        if quiet > 0 and self._per_second.get(provider):
            return None, quiet, False
        shared = self._shared if self._link is not None and self._link.up else None
        windows = self._windows(provider, address, 1 if self._link is None or shared else self._share())
        if shared:
            answer = await shared.take(token, windows, patience)
            if answer is None:
                return await self._try(provider, address, token, patience)  # Redis is gone, and that is known now
        else:
            answer = self._own.take(time.monotonic(), token, windows, patience)
        place = HeldPlace(self, token, windows, shared) if answer.granted else None
        return place, answer.seconds, not windows[answer.window].whole

    def _windows(self, provider: str, address: str, share: int) -> list[Window]:
        windows = []
        if limit := self._per_second.get(provider, 0.0) / share:
            # A limit below one a second is one in so many seconds.
            windows.append(Window(provider, *((int(limit), 1.0) if limit >= 1 else (1, 1 / limit))))
        if provider in self._per_chat:
            chat = sha256(address.encode()).hexdigest()[:16]  # no customer's address in Redis
            windows.append(Window(f"{provider}:{chat}", *self._per_chat[provider], whole=False))
        return windows

    def answered(self, place: HeldPlace, taken: bool, seconds: float) -> None:
        """The provider answered. Never blocks."""
        came = time.monotonic()
        if place.shared is None:
            self._own.answered(came, place.token, place.windows, taken, seconds)
            return
        telling = asyncio.create_task(place.shared.answered(place.token, place.windows, taken, seconds, came))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)


async def _wait(seconds: float) -> None:
    """Not a moment less, as a loop's timers may: they count whole milliseconds."""
    until = time.monotonic() + seconds
    await asyncio.sleep(seconds)
    if (left := until - time.monotonic()) > 0:
        await asyncio.sleep(left + 1e-3)


class HeldPlace:
    """Implements `bot.conversation.pacing.Place`. `shared` None: held in this process's memory."""

    __slots__ = ("_limits", "shared", "token", "used", "windows")

    def __init__(self, limits: Limits, token: str, windows: Sequence[Window], shared: SharedPlaces | None) -> None:
        self._limits, self.token, self.windows, self.shared = limits, token, windows, shared
        self.used = False

    def answered(self, taken: bool, seconds: float) -> None:
        self._limits.answered(self, taken, seconds)
