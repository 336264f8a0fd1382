"""What providers tell us, committed: a message that comes in, and what became of one of ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from bot.conversation.faults import fault
from bot.conversation.ports import Accepted, Clock, LiveEvents
from bot.telemetry.tracing import span
from channels.contract import DeliveryStatus, Inbound


class Messages(Protocol):
    """What of the store is needed (`bot/storage/store.py`)."""

    async def accept(self, message: Inbound, now: str) -> Accepted: ...


class Letters(Protocol):
    """What of the outbox is needed (`bot/storage/outbox.py`)."""

    async def status(self, status: DeliveryStatus, now: str) -> bool: ...
    async def not_reached(self, status: DeliveryStatus, plan: Sequence[int], now: str) -> bool: ...


class Intake:
    """`woken` is told the conversation in which something new waits; `call_again`: minutes after each attempt to ring
    somebody, until it is tried again."""

    def __init__(
        self,
        messages: Messages,
        letters: Letters,
        clock: Clock,
        events: LiveEvents,
        woken: Callable[[int], None],
        call_again: Sequence[int] = (),
    ) -> None:
        self._messages, self._letters, self._clock = messages, letters, clock
        self._events, self.woken, self._call_again = events, woken, call_again

    async def commit(self, news: Inbound | DeliveryStatus, at: str) -> bool:
        """As of `at` (ISO 8601; "": now). Returns whether it was new (a message), or of a message that we know (a
        status)."""
        if isinstance(news, DeliveryStatus):
            return await self._status(news)
        return (await self.take(news, at)).fresh

    async def take(self, message: Inbound, at: str = "") -> Accepted:
        fault("received")
        with span("accept", channel=message.provider) as accepting:
            accepted = await self._messages.accept(message, at or self._clock.now())
            here = {"conversation.id": accepted.conversation}
            accepting.becomes(("message", accepted.message), **here)
        fault("accepted")
        if accepted.fresh:
            self._events.publish(accepted.conversation, "inbound", {"text": message.text})
            self.woken(accepted.conversation)
        return accepted

    async def _status(self, status: DeliveryStatus) -> bool:
        if status.status == "unreached":
            return await self._letters.not_reached(status, self._call_again, self._clock.now())
        return await self._letters.status(status, self._clock.now())
