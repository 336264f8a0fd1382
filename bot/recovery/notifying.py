"""Telling teams of their cases: each notification once, tried again by the kind of error, never dropped in silence.

A row is marked before it is sent and after. One whose sender died in between is *doubtful*: a notifier that can look
whether it got through is asked first (Slack); one whose receiver knows our id gets it again (webhook, e-mail).
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.conversation.faults import fault
from bot.conversation.ports import Clock
from bot.recovery.case_states import OPEN
from bot.recovery.desk import Desk
from bot.recovery.telling import CASE_PAGE, CaseFile, Notification, Told
from bot.telemetry.turns import about
from channels.contract import SendError

log = logging.getLogger(__name__)

BACK_OFF_SECONDS = (5, 30, 120, 600, 1800, 3600, 7200)
"""Waiting time before the second, third … attempt; the receiver's own Retry-After goes before it."""

DEAD_SECONDS = 300
"""So long a way that is out of order (bad credentials) is left alone before it is tried again."""

GIVE_UP_HOURS = 24
"""A notification that is older is not worth sending any more: the case has been in the inbox for a day."""

SEND_SECONDS = 30.0
LEASE_SECONDS = 90.0
"""A row that has been "sending" for so long was left by a process that died: longer than any sending takes."""

BATCH = 100

OF_PEOPLE = ("slack", "email")
"""Ways that end at people, who need not hear of what is over. A program that is told by webhook hears everything."""


class Notifier(Protocol):
    """One way to tell (`bot/notifiers/`)."""

    async def send(self, told: Told) -> str:
        """Returns how the receiver names it ("": it does not). Raises SendError; any other failure after the request
        may have left is TimeoutError."""

    async def earlier(self, told: Told) -> str | None:
        """What an earlier attempt left at the receiver; None: nothing, or nobody can tell and again is harmless."""


class NotificationStore(Protocol):
    """Where they are kept (`bot/storage/notifications.py`)."""

    async def due(self, now: str, limit: int) -> Sequence[Notification]: ...
    async def file(self, case: int) -> CaseFile: ...
    async def sending(self, notification: Notification, until: str) -> bool:
        """Mark it, until then. False: another process has it."""

    async def sent(self, notification: Notification, reference: str, now: str) -> None: ...
    async def again(self, notification: Notification, at: str, error: str, *, counts: bool, doubtful: bool) -> None:
        """`counts`: it was an attempt."""

    async def ended(self, notification: Notification, status: str, error: str) -> None:
        """failed, or withheld: it is not sent, for the reason given."""


class Notifying:
    """`missing` says of a way that has no notifier why, and how to mend it. `address`: where our console is reached."""

    def __init__(
        self,
        store: NotificationStore,
        notifiers: Mapping[str, Notifier],
        missing: Mapping[str, str],
        desk: Desk,
        clock: Clock,
        address: str = "",
    ) -> None:
        self._store = store
        self._notifiers = notifiers
        self._missing = missing
        self._desk = desk
        self._clock = clock
        self._address = address

    async def look(self) -> int:
        """Send what is due: each target in order, targets side by side. Returns how many were looked at."""
        found = await self._store.due(self._clock.now(), BATCH)
        by_target: dict[tuple[str, str], list[Notification]] = defaultdict(list)
        for notification in found:
            by_target[notification.way, notification.target].append(notification)
        ended = await asyncio.gather(*(self._in_order(line) for line in by_target.values()), return_exceptions=True)
        for error in ended:
            if error is not None:
                raise error
        return len(found)

    async def _in_order(self, line: Sequence[Notification]) -> None:
        for notification in line:
            await self._deliver(notification)

    async def _deliver(self, notification: Notification) -> None:
        notifier = self._notifiers.get(notification.way)
        if notifier is None:
            reason = self._missing.get(notification.way, f"Nothing tells by {notification.way}.")
            await self._store.ended(notification, "withheld", reason)
            return
        case = await self._store.file(notification.case)
        if notification.way in OF_PEOPLE and case.status not in OPEN:
            await self._store.ended(notification, "withheld", f"The case is {case.status} meanwhile.")
            return
        if await self._store.sending(notification, self._in(LEASE_SECONDS)):
            fault("notifying")
            with about(case.conversation):
                await self._send(notifier, Told(notification, case, self._desk.team(case.team), self._link(case.id)))

    async def _send(self, notifier: Notifier, told: Told) -> None:
        notification = told.notification
        try:
            reference = await asyncio.wait_for(_once(notifier, told), SEND_SECONDS)
        except SendError as error:
            await self._refused(notification, error)
        except Exception as error:
            # It may have left before it failed. What the error says may hold a customer's words: only its kind is kept.
            log.warning("Notification %s by %s: %s.", notification.id, notification.way, type(error).__name__)
            refusal = SendError(f"No answer ({type(error).__name__}).", "later")
            await self._refused(notification, refusal, doubtful=True)
        else:
            fault("notified")
            await self._store.sent(notification, reference, self._clock.now())

    async def _refused(self, notification: Notification, error: SendError, doubtful: bool = False) -> None:
        words, store = str(error), self._store
        old = datetime.fromisoformat(self._clock.now()) - datetime.fromisoformat(notification.created_at)
        too_old = old > timedelta(hours=GIVE_UP_HOURS)
        if error.retry == "channel_dead" and not too_old:
            log.error("Nobody is told by %s, what is due waits: %s", notification.way, words)
            await store.again(notification, self._in(DEAD_SECONDS), words, counts=False, doubtful=doubtful)
        elif error.retry == "withhold":
            await store.ended(notification, "withheld", words)
        elif error.retry != "later" or too_old or notification.attempts >= len(BACK_OFF_SECONDS):
            await store.ended(notification, "failed", words)
        else:
            wait = error.retry_after if error.retry_after is not None else BACK_OFF_SECONDS[notification.attempts]
            await store.again(notification, self._in(wait), words, counts=True, doubtful=doubtful)

    def _in(self, seconds: float) -> str:
        at = datetime.fromisoformat(self._clock.now()) + timedelta(seconds=seconds)
        return at.isoformat(timespec="microseconds")

    def _link(self, case: int) -> str:
        return f"{self._address}{CASE_PAGE.format(case=case)}" if self._address else ""


async def _once(notifier: Notifier, told: Told) -> str:
    if told.notification.doubtful and (reference := await notifier.earlier(told)) is not None:
        return reference
    sending: Awaitable[str] = notifier.send(told)
    return await sending
