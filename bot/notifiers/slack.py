"""Tells a team in Slack: the case as a message with buttons, and later news of it loudly in that message's thread."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.recovery.case_thread import Room, Thread, card_of, digest
from bot.recovery.telling import Told
from channels.workplace import Line


class Threads(Protocol):
    """Where a case's threads are kept (`bot/storage/case_threads.py`)."""

    async def of(self, case: int, target: str) -> Thread | None: ...
    async def begin(self, case: int, target: str, channel: str, thread: str, digest: str, now: str) -> None:
        """From now on it is mirrored there; what is known already is no error."""

    async def resume(self, thread: Thread, now: str) -> None:
        """A thread that had ended goes on: the case is back."""


class SlackNotifier:
    def __init__(self, room: Room, threads: Threads) -> None:
        self._room = room
        self._threads = threads

    async def send(self, told: Told) -> str:
        thread = await self._threads.of(told.case.id, told.notification.target)
        shown = card_of(told.case, told.team, told.link)
        if thread is not None:
            stamp = await self._room.write(
                thread.channel, thread.thread, [Line("event", "", told.title)], _key(told), loud=shown
            )
            await self._threads.resume(thread, told.notification.created_at)
            return f"{thread.channel}:{stamp}"
        channel = await self._room.enter(told.notification.target)
        shown = card_of(told.case, told.team, told.link, told.title)
        return await self._begun(told, channel, await self._room.post(channel, shown, _key(told)))

    async def earlier(self, told: Told) -> str | None:
        """Slack is asked for our own key."""
        thread = await self._threads.of(told.case.id, told.notification.target)
        if thread is not None:
            found = await self._room.find(thread.channel, thread.thread, _key(told))
            return found and f"{thread.channel}:{found}"
        channel = await self._room.enter(told.notification.target)
        since = datetime.fromisoformat(told.notification.created_at).timestamp()
        found = await self._room.find(channel, "", _key(told), since)
        return None if found is None else await self._begun(told, channel, found)

    async def _begun(self, told: Told, channel: str, stamp: str) -> str:
        case, target = told.case.id, told.notification.target
        shown = digest(card_of(told.case, told.team, told.link))
        await self._threads.begin(case, target, channel, stamp, shown, told.notification.created_at)
        return f"{channel}:{stamp}"


def _key(told: Told) -> str:
    return f"notification-{told.notification.id}"
