"""While the database is gone, what a provider sends only once waits on disk (`bot/storage/spool.py`)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from typing import Protocol

from channels.contract import DeliveryStatus, Inbound

log = logging.getLogger(__name__)

SECONDS = 8.0
"""So long the database may take, for what waits and the new message together, before the message goes to disk. Twilio
waits 15 s for its answer, and no longer."""

News = Inbound | DeliveryStatus
TakeIn = Callable[[News, str], Awaitable[bool]]
"""Commits one, as of a time (ISO 8601; "": now); returns whether it was new (a message), or of a message that we know
(a status)."""


class _Waits(Exception):
    """Older messages could not be taken in."""


class NotThere(Exception):
    """The house is still starting."""


class Files(Protocol):
    """Where it waits."""

    waiting: bool

    def look(self) -> bool: ...
    def try_out(self) -> None: ...
    async def put(self, news: News) -> None: ...
    async def replay(self, take_in: TakeIn, reachable: Callable[[], Awaitable[bool]]) -> bool: ...
    async def tidy(self) -> int: ...


class Spooling:
    """`once`: providers that send a message once, whatever we answer. All others hear of a failure (503), and send it
    again."""

    def __init__(
        self, files: Files, once: Collection[str], take_in: TakeIn, reachable: Callable[[], Awaitable[bool]]
    ) -> None:
        self._files, self._once, self._take_in, self._reachable = files, frozenset(once), take_in, reachable

    def try_out(self) -> None:
        """Says in the log, at the start and not when the database is gone, that the disk takes nothing."""
        try:
            if self._once:
                self._files.try_out()
        except OSError as error:
            log.error("CONDUCTOR_SPOOL takes no file, so messages would be lost without the database: %s", error)

    async def receive(self, news: News) -> bool:
        """Commit it, or write it to disk: one of the two has happened when this returns. What waits goes first, so that
        the order is kept. Raises what the database raised when the provider will send it again, and when the disk does
        not take it either."""
        if news.provider not in self._once:
            return await self._take_in(news, "")
        try:
            return await asyncio.wait_for(self._in_its_turn(news), SECONDS)
        except asyncio.CancelledError:  # the provider hung up, or we are made to end: it will not be sent again
            await asyncio.shield(self._files.put(news))
            raise
        except _Waits:
            pass
        except Exception as error:
            log.error("A message from %s goes to disk: the database failed (%s).", news.provider, type(error).__name__)
        await self._files.put(news)
        return True

    async def _in_its_turn(self, news: News) -> bool:
        """Behind what waits. Raises _Waits when that has to wait on."""
        if self._files.waiting and not await self._files.replay(self._take_in, self._reachable):
            raise _Waits
        return await self._take_in(news, "")

    async def keep(self, news: News) -> bool:
        """Write it to disk, where the database is not even asked: the house is not there yet. Raises NotThere when the
        provider will send it again, and OSError when the disk does not take it."""
        if news.provider not in self._once:
            raise NotThere
        await self._files.put(news)
        return True

    @property
    def waiting(self) -> bool:
        """Whether something waits on disk."""
        return self._files.look()

    async def tidy(self) -> int:
        """Delete what is too old to be kept; returns how many files that were."""
        return await self._files.tidy()

    async def look(self) -> int:
        """Take in what waits, if the database is back; returns 1 when something was taken in."""
        if not self._files.look():
            return 0
        return int(await self._files.replay(self._take_in, self._reachable))


class Porch:
    """Implements `channels.contract.Receiver` while the house is not there (`channels/arrival.py`)."""

    def __init__(self, spooling: Spooling) -> None:
        self._spooling = spooling

    async def accept(self, message: Inbound) -> bool:
        return await self._spooling.keep(message)

    async def status(self, status: DeliveryStatus) -> bool:
        return await self._spooling.keep(status)
