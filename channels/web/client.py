"""The web channel's Sender. There is no provider to call: "sending" is telling the pages that are open; they read the
transcript themselves."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from channels.contract import Outbound

_BACKLOG = 64
"""News a page may leave unread. One news is enough for it to read everything, so more are dropped."""


class WebClient:
    """Tells open pages that there is something to read. Succeeds with nobody listening: the message is in the
    transcript already."""

    remembers_keys = True
    """What was being sent when the process ended may be sent again: pages show a key once."""

    def __init__(self) -> None:
        self.told: Callable[[str, str, str], None] | None = None
        """Tells other processes, whose pages are not open here (channel, address, key)."""
        self._pages: dict[tuple[str, str], set[asyncio.Queue[str]]] = defaultdict(set)

    async def send(self, channel: str, address: str, message: Outbound, key: str) -> str:
        """Hands the message over; returns its id, the same for the same `key` (sending twice shows it once)."""
        self.show(channel, address, key)
        if self.told is not None:
            self.told(channel, address, key)
        return f"web-{key}"

    def show(self, channel: str, address: str, key: str) -> None:
        """Tells the pages that are open in this process."""
        for page in self._pages.get((channel, address), ()):
            if not page.full():
                page.put_nowait(key)

    @contextmanager
    def listen(self, channel: str, address: str) -> Iterator[asyncio.Queue[str]]:
        """The keys of what is sent to this customer while the context is open."""
        page: asyncio.Queue[str] = asyncio.Queue(_BACKLOG)
        place = (channel, address)
        self._pages[place].add(page)
        try:
            yield page
        finally:
            self._pages[place].discard(page)
            if not self._pages[place]:
                del self._pages[place]
