"""Whether the house behind a server is there: a server listens before its house is ready, and some providers send a
message once only. What proves where it comes from waits for the house; the rest waits for nothing."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, cast

from channels.contract import Receiver

SECONDS = 6.0
"""So long a request waits for the house. Twilio gives up after 15, and the house may take 8 then
(`bot.conversation.spooling.SECONDS`). The sum begins when the request is here: where a proxy held it before
(`deploy/caddy`: 14 at most, while no server is ready), Twilio may hang up sooner. What waits here is lost then; what
the house has in hand goes to disk."""
MOST = 256
"""Requests that wait at the same time; further ones are told at once. A few kB each, 64 MB at the very most."""


class Arrival:
    """Of one server. `porch`: takes in what can't wait longer, while the house is not there (None: nobody does)."""

    def __init__(self, seconds: float = SECONDS, most: int = MOST) -> None:
        self._seconds, self._most = seconds, most
        self._there = asyncio.Event()
        self._waiting = 0
        self._receiver: Receiver | None = None
        self.porch: Receiver | None = None

    def come(self, receiver: Receiver) -> None:
        """The house is there: whoever waits for it goes on."""
        self._receiver = receiver
        self._there.set()

    async def receiver(self) -> Receiver | None:
        """The house, once it is there, at most `seconds` from now; else the porch. None: neither is there."""
        if not self._there.is_set() and self._waiting < self._most:
            self._waiting += 1
            try:
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._there.wait(), self._seconds)
            finally:
                self._waiting -= 1
        return self._receiver or self.porch


def arrival_of(app: Any) -> Arrival:
    """A Sanic app's, made when it is asked for first."""
    if not hasattr(app.ctx, "arrival"):
        app.ctx.arrival = Arrival()
    return cast(Arrival, app.ctx.arrival)
