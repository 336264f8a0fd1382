"""Sending what the outbox holds: in order for each conversation, retried by error class, never twice where the
provider can't tell.

A row is marked before it is sent and after. A process that dies in between leaves a row of which nobody knows
whether the
provider has it. A provider that knows our key (`remembers_keys`) gets it again and drops the second; with any other
the row is
*unknown* until the provider's status callback settles it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.conversation.faults import fault
from bot.conversation.ports import Clock, LiveEvents
from channels.contract import Outbound, Sender, SendError

log = logging.getLogger(__name__)

BACK_OFF_SECONDS = (1, 5, 30, 120, 600)
"""Waiting time before the second, third … attempt. A provider's own Retry-After goes before it."""

BATCH = 50


@dataclass(frozen=True)
class Letter:
    """One outbox row that is due."""

    id: int
    conversation: int
    provider: str
    channel: str
    address: str
    message: Outbound
    attempts: int


class Outbox(Protocol):
    """Where letters are kept (`bot/storage/outbox.py`)."""

    async def due(self, now: str, limit: int) -> Sequence[Letter]:
        """The first unsent letter of each conversation whose time has come."""

    async def sending(self, letter: Letter) -> None: ...
    async def sent(self, letter: Letter, provider_message_id: str, now: str) -> None: ...
    async def again(self, letter: Letter, at: str, error: str) -> None: ...
    async def failed(self, letter: Letter, error: str) -> None: ...
    async def unknown(self, letter: Letter, error: str) -> None: ...
    async def recover(self, remembering: Sequence[str]) -> int:
        """After a start: rows that were being sent become due again for `remembering` providers, *unknown* for
        others."""

    async def next_due(self) -> str | None:
        """When the next letter is due (ISO 8601), or None."""


class Delivery:
    """Sends letters until it is stopped. `senders` maps a provider's name to its client."""

    def __init__(self, outbox: Outbox, senders: Mapping[str, Sender], clock: Clock, events: LiveEvents) -> None:
        self._outbox = outbox
        self._senders = senders
        self._clock = clock
        self._events = events
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """There may be something to send."""
        self._wake.set()

    async def recover(self) -> None:
        remembering = [name for name, sender in self._senders.items() if getattr(sender, "remembers_keys", False)]
        await self._outbox.recover(remembering)

    async def drain(self) -> int:
        """Send everything that is due now. Returns how many letters were tried."""
        tried = 0
        while letters := await self._outbox.due(self._clock.now(), BATCH):
            await asyncio.gather(*(self._deliver(letter) for letter in letters))
            tried += len(letters)
        return tried

    async def _deliver(self, letter: Letter) -> None:
        sender = self._senders.get(letter.provider)
        if sender is None:
            await self._outbox.failed(letter, f"No channel named {letter.provider!r} is configured.")
            return
        await self._outbox.sending(letter)
        fault("sending")
        try:
            theirs = await sender.send(letter.channel, letter.address, letter.message, f"out-{letter.id}")
        except SendError as error:
            await self._refused(letter, error)
        except Exception as error:
            # The request may have left before it failed: only the provider knows.
            log.warning("Letter %s: unknown whether %s has it (%s).", letter.id, letter.provider, type(error).__name__)
            await self._outbox.unknown(letter, type(error).__name__)
        else:
            fault("sent")
            await self._outbox.sent(letter, theirs, self._clock.now())
            fault("delivered")
        self._events.publish(letter.conversation, "outbound", {"id": letter.id})

    async def _refused(self, letter: Letter, error: SendError) -> None:
        if error.retry != "later" or letter.attempts >= len(BACK_OFF_SECONDS):
            await self._outbox.failed(letter, str(error))
            return
        wait = error.retry_after if error.retry_after is not None else BACK_OFF_SECONDS[letter.attempts]
        at = (datetime.fromisoformat(self._clock.now()) + timedelta(seconds=wait)).isoformat()
        await self._outbox.again(letter, at, str(error))

    def start(self) -> None:
        self._task = asyncio.create_task(self._for_ever())

    async def _for_ever(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self.drain()
                wait = await self._seconds_to_next()
            except Exception:
                log.exception("Sending stopped; trying again.")
                wait = 1.0
            try:
                await asyncio.wait_for(self._wake.wait(), wait)
            except asyncio.TimeoutError:
                continue

    async def _seconds_to_next(self) -> float:
        """Until the next retry is due, at most a second: other processes write letters too."""
        due = await self._outbox.next_due()
        if due is None:
            return 1.0
        seconds = (datetime.fromisoformat(due) - datetime.fromisoformat(self._clock.now())).total_seconds()
        return min(1.0, max(0.05, seconds))

    async def stop(self) -> None:
        """Send what is due, then stop."""
        if self._task is not None:
            self._task.cancel()
        await self.drain()
