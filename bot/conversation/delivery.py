"""Sending what the outbox holds: in order for each conversation, retried by error class, never twice where the
provider can't tell.

A row is marked before it is sent and after. A process that dies in between leaves a row of which nobody knows
whether the provider has it. A provider that knows our key (`remembers_keys`) gets it again and drops the second; with
any other the row is *unknown* until the provider's status callback settles it. Where none comes in time, it is sent
once more: the customer who gets a message twice is better off than the one who waits for ever.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from bot.conversation.failure import tell
from bot.conversation.faults import fault
from bot.conversation.hands import Hands
from bot.conversation.held_up import UnderWay
from bot.conversation.letter import LEASE_SECONDS, Letter, Outbox
from bot.conversation.obstacles import obstacle
from bot.conversation.out_of_order import DEAD_SECONDS, OutOfOrder
from bot.conversation.pacing import Busy, Pace, Unhurried, holding
from bot.conversation.ports import Clock, LiveEvents
from bot.conversation.retrying import Retrying, later, wait_after
from bot.conversation.sending_times import (
    BATCH,
    HURRY_SECONDS,
    LAST_SECONDS,
    LOOK_SECONDS,
    PATIENCE_SECONDS,
    RELAY_SECONDS,
    SEND_SECONDS,
    SETTLE_SECONDS,
)
from bot.conversation.unsettled import Unsettled
from bot.telemetry import figures
from bot.telemetry.turns import about
from channels.contract import Sender, SendError
from channels.storable_text import storable_text

log = logging.getLogger(__name__)


class Delivery:
    """Sends letters until it is stopped. `senders` maps a provider's name to its client."""

    def __init__(
        self,
        outbox: Outbox,
        senders: Mapping[str, Sender],
        clock: Clock,
        events: LiveEvents,
        pace: Pace | None = None,
        mine: Callable[[], bool] = lambda: True,
        pass_on: Callable[[int, bool], None] = lambda conversation, awaited: None,
    ) -> None:
        """`mine`: whether this process looks for letters by itself; else it sends what it is told to (`send_of`).
        `pass_on`: makes a new job of a conversation that waits for a hand, and says whether somebody waits for it."""
        self._pace = pace or Unhurried()
        self._mine, self._pass_on = mine, pass_on
        self._full: dict[str, float] = {}
        """Provider → until when it takes no more (`time.monotonic`)."""
        self._outbox = outbox
        self._senders = senders
        self._collected = [name for name, sender in senders.items() if getattr(sender, "collected", False)]
        self._clock = clock
        self._events = events
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._unsettled, self._out_of_order, self._retrying = Unsettled(), OutOfOrder(), Retrying()
        self._under_way = UnderWay(self.wake)
        self._hands, self._relaying = Hands(), True
        self._last = float("inf")
        """Until when something more is begun (`time.monotonic`)."""
        self._look_at, self._put_off = 0.0, False
        """When it is to be asked again what is due next (`time.monotonic`), and whether a letter was put off since
        then, perhaps to an earlier moment."""
        self._nothing_near = False
        """Whether the last answer to that was: nothing within `LOOK_SECONDS`."""

    def wake(self) -> None:
        """There may be something to send."""
        self._wake.set()

    async def recover(self, alone: bool = True) -> None:
        """Take up what a process that died was sending. `alone`: no other process sends, so it was an earlier life of
        this one."""
        remembering = [name for name, sender in self._senders.items() if getattr(sender, "remembers_keys", False)]
        await self._outbox.recover(remembering, self._later(SETTLE_SECONDS), "" if alone else self._clock.now())

    async def send_once_more(self) -> int:
        """What nobody knows of, and no report has settled, becomes due again. Returns how many letters."""
        if found := await self._outbox.send_once_more(self._clock.now()):
            log.warning("%s letters are sent once more: nobody knows whether their providers have them.", found)
            self.wake()
        return found

    def _later(self, seconds: float) -> str:
        return later(self._clock.now(), seconds)

    async def drain(self) -> int:
        """Send everything that is due now, however long its providers let us wait. Returns how many letters were
        tried."""
        tried = await self._drain()
        while self.full() or self._under_way.held_up():
            await self._under_way.idle()
            if self.full():
                await asyncio.sleep(max(0.0, min(self._full.values()) - time.monotonic()))
            tried += await self._drain()
        return tried

    def full(self) -> list[str]:
        """Providers that take no more at this moment."""
        now = time.monotonic()
        for provider in [name for name, until in self._full.items() if until <= now]:
            del self._full[provider]
        return list(self._full)

    async def due_elsewhere(self, limit: int) -> list[int]:
        """At most `limit` conversations with letters that are due, but those that wait here for a hand."""
        look = limit + self._hands.waiting()
        found = await self._outbox.due(self._clock.now(), look, self._collected, self._left_alone())
        return [one.conversation for one in found if not self._hands.waits(one.provider, one.conversation)][:limit]

    async def send_of(self, conversation: int) -> None:
        """Send what is due in a conversation, then in those that waited here for the same provider. What its provider
        does not take soon is left for later."""
        until, provider = time.monotonic() + RELAY_SECONDS, ""
        here: int | None = conversation
        while here is not None:
            if (found := await self._send_all(here)) is None:
                return
            provider = found or provider
            if not provider or not self._relaying:
                return
            if time.monotonic() >= until:
                self._end_relay(provider)
                return
            here = self._hands.next(provider)

    def _end_relay(self, provider: str) -> None:
        """This hand is free for other jobs. What waits for it goes on as a job, or nobody would take it up: those that
        wait here are handed over by nobody else."""
        awaited = self._hands.somebody_awaits(provider)
        if (waiting := self._hands.next(provider)) is not None:
            self._pass_on(waiting, awaited)

    async def _send_all(self, conversation: int) -> str | None:
        """Returns the provider, "" when nothing was due, None when it takes no more at this moment."""
        patience, provider = time.monotonic() + PATIENCE_SECONDS, ""
        while letters := await self._outbox.due(self._clock.now(), 1, self._collected, (), conversation):
            provider = letters[0].provider
            if provider in self._retrying.paused(self._clock.now()):
                return None
            if not self._hands.take(provider):
                self._hands.wait(provider, conversation, letters[0].awaited)
                return None
            try:
                await self._deliver(letters[0], max(0.0, patience - time.monotonic()))
            finally:
                self._hands.free(provider)
            if provider in self.full():
                self._hands.forget(provider)
                return None
        return provider

    def relay_no_more(self) -> None:
        """This process is to end: what waits for a hand is others'."""
        self._relaying = False

    async def withhold_unheard(self) -> None:
        """What could only be heard in a call that is over is not sent any more."""
        if self._collected:
            await self._outbox.withhold_unheard(self._collected, self._clock.now())

    async def _drain(self, hurried: bool = False) -> int:
        """`hurried`: don't look once more for what has come meanwhile, it wakes us."""
        await self._unsettled.write_the_rest()
        tried = 0
        await self.withhold_unheard()
        while time.monotonic() < self._last and (letters := await self._due()):
            await self._under_way.send([(letter.provider, self._deliver(letter)) for letter in letters])
            tried += len(letters)
            if hurried and len(letters) < BATCH and not any(letter.followed for letter in letters):
                break
        return tried

    async def _due(self) -> Sequence[Letter]:
        """Not of a provider that has not answered yet: a letter under way would be found again."""
        without = sorted({*self._left_alone(), *self._under_way.held_up()})
        return await self._outbox.due(self._clock.now(), BATCH, self._collected, without)

    def _left_alone(self) -> list[str]:
        """Providers that take no more at this moment, or have refused everything of late."""
        return sorted({*self.full(), *self._retrying.paused(self._clock.now())})

    async def _deliver(self, letter: Letter, patience: float = HURRY_SECONDS) -> None:
        with about(letter.conversation):
            await self._send_or_put_off(letter, patience)

    async def _send_or_put_off(self, letter: Letter, patience: float) -> None:
        sender = self._senders.get(letter.provider)
        if sender is None:
            why = f"No channel named {letter.provider!r} is configured."
            await self._outbox.failed(letter, why, self._clock.now())
            return
        if not await self._waits_for_its_channel(letter, sender):
            await self._try(letter, sender, patience)

    async def _waits_for_its_channel(self, letter: Letter, sender: Sender) -> bool:
        """True when the letter was put off because its channel is out of order, or was the one that found out: one
        letter at a time tries whether the channel works again."""
        if letter.provider not in self._out_of_order:
            return False
        async with self._out_of_order.probing(letter.provider):
            if letter.provider not in self._out_of_order:
                return False  # another one has got through meanwhile
            if alone := self._out_of_order.left_alone(letter.provider, self._clock.now()):
                await self._outbox.put_off(letter, *alone)
            else:
                await self._try(letter, sender)
        return True

    async def _try(self, letter: Letter, sender: Sender, patience: float = HURRY_SECONDS) -> None:
        if reason := await obstacle(letter, self._outbox, self._clock.now()):
            await self._outbox.withhold(letter, reason, self._clock.now(), in_hand=False)
            self._events.publish(letter.conversation, "outbound", {"id": letter.id})
            return
        if (wait := self._pace.wait(letter.provider)) > patience:
            self._full[letter.provider] = time.monotonic() + wait
            return
        if not await self._outbox.sending(letter, self._later(LEASE_SECONDS)):
            return
        fault("sending")
        try:
            place = await self._pace.take(letter.provider, letter.address, patience)
            with holding(place):
                sending = sender.send(letter.channel, letter.address, letter.message, f"out-{letter.id}")
                watched = figures.sending(letter.provider, letter.conversation, letter.attempts, sending)
                theirs = await asyncio.wait_for(watched, SEND_SECONDS)
        except Busy as busy:
            self._put_off = True
            if not busy.chat:
                self._full[letter.provider] = time.monotonic() + busy.retry_after
            back = partial(self._outbox.wait, letter, self._later(busy.retry_after), str(busy))
            await self._settle(letter, back)
            return
        except SendError as error:
            self._put_off = True
            await self._settle(letter, self._refused(letter, error))
        except Exception as error:
            # The request may have left before it failed: only the provider knows.
            log.warning("Letter %s: unknown whether %s has it (%s).", letter.id, letter.provider, type(error).__name__)
            again_at = self._later(SETTLE_SECONDS)
            await self._settle(letter, partial(self._outbox.unknown, letter, type(error).__name__, again_at))
        else:
            self._out_of_order.works(letter.provider)
            self._retrying.taken(letter.provider, self._clock.now())
            fault("sent")
            await self._settle(letter, partial(self._outbox.sent, letter, storable_text(theirs), self._clock.now()))
            fault("delivered")
        self._events.publish(letter.conversation, "outbound", {"id": letter.id})

    async def _settle(self, letter: Letter, write: Callable[[], Awaitable[None]]) -> None:
        """Write down what became of it. When the database fails, it is written at the next look."""
        can_not = partial(self._outbox.failed, letter, "What became of it could not be written.", self._clock.now())
        await self._unsettled.settle(letter.id, write, can_not)

    def _refused(self, letter: Letter, error: SendError) -> Callable[[], Awaitable[None]]:
        if error.opted_out:
            return partial(self._outbox.refused_by_customer, letter, str(error), self._clock.now())
        if error.retry == "withhold":
            return partial(self._outbox.withhold, letter, str(error), self._clock.now())
        if error.retry == "channel_dead":
            alone = self._out_of_order.found(letter.provider, error, self._later(DEAD_SECONDS))
            return partial(self._outbox.wait, letter, *alone)
        busy, now = error.retry_after is not None, self._clock.now()
        if error.retry != "later" or self._retrying.gives_up(letter, busy, now):
            return partial(self._outbox.failed, letter, str(error), now)
        self._retrying.refused(letter.provider, now)
        once_more = self._outbox.again if self._retrying.counts(letter, busy, now) else self._outbox.wait
        return partial(once_more, letter, self._later(wait_after(letter.attempts, error.retry_after)), str(error))

    def start(self) -> None:
        self._task = asyncio.create_task(self._for_ever())

    async def _for_ever(self) -> None:
        while not self._stopping:
            # Nobody woke us, and a second ago nothing was due within a second: it is enough to ask when something is.
            idle = self._nothing_near and not self._wake.is_set() and not self._unsettled and not self._collected
            idle = idle and not self._under_way.held_up()
            self._wake.clear()
            try:
                await self._unsettled.write_the_rest()  # also where others look for letters: only this process knows
                if self._mine() and not idle:
                    await self._drain(hurried=True)
                wait = await self._seconds_to_next()
            except Exception as error:
                tell(log, error, "Sending stopped; trying again.")
                self._nothing_near = False
                wait = LOOK_SECONDS / 2
            try:
                await asyncio.wait_for(self._wake.wait(), wait)
            except asyncio.TimeoutError:
                continue

    async def _seconds_to_next(self) -> float:
        """Until the next retry is due, at most `LOOK_SECONDS`: other processes write letters too."""
        if not self._mine() or self._under_way.held_up() or self._retrying.paused(self._clock.now()):
            self._nothing_near = False
            return LOOK_SECONDS
        if self.full():
            self._nothing_near = False
            return min(LOOK_SECONDS, max(0.01, min(self._full.values()) - time.monotonic()))
        if self._put_off or self._look_at <= time.monotonic():
            due = await self._outbox.next_due(self._collected)
            seconds = LOOK_SECONDS if due is None else self._seconds_until(due)
            self._nothing_near = seconds >= LOOK_SECONDS
            self._look_at, self._put_off = time.monotonic() + min(LOOK_SECONDS, max(0.05, seconds)), False
        return max(0.0, self._look_at - time.monotonic())

    def _seconds_until(self, moment: str) -> float:
        return (datetime.fromisoformat(moment) - datetime.fromisoformat(self._clock.now())).total_seconds()

    async def stop(self) -> None:
        """Send what is due, then stop. What is under way ends first: cancelled, nobody would know whether it left."""
        self._stopping = True
        self.relay_no_more()
        self._last = time.monotonic() + LAST_SECONDS
        self.wake()
        if self._task is not None:
            await self._task
        await self._last_of_all()
        await self._under_way.idle()
        await self._last_of_all()  # what waited for those under way
        await self._under_way.idle()
        await self._hands.idle()

    async def _last_of_all(self) -> None:
        try:
            await self._unsettled.write_the_rest()
        except Exception as error:  # the next process finds them: nobody knows whether they left
            log.error("%s letters stay unsettled (%s).", len(self._unsettled), type(error).__name__)
        if self._mine():
            await self._drain()  # what its provider takes at once; the rest waits for the next start
