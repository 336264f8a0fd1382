"""A case's thread mirrors its chat, and its message shows how it stands, whoever changed it and wherever.

A thread's row remembers what stands there. Before something is posted the row says up to where that will bring it;
after a crash the room is asked whether it is there, so a line never stands twice where that can be known.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.conversation.faults import fault
from bot.conversation.ports import Clock
from bot.recovery.case_thread import (
    Cursor,
    Happened,
    Room,
    Thread,
    at_home,
    card_of,
    digest,
    lines_of,
)
from bot.recovery.desk import Desk
from bot.recovery.notifying import DEAD_SECONDS, LEASE_SECONDS
from bot.recovery.telling import CASE_PAGE, CaseFile, say
from channels.contract import SendError
from channels.workplace import Card, Line

log = logging.getLogger(__name__)

AT_ONCE = 6
"""Lines of one post, ours: what Slack takes with room to spare."""

LATER_SECONDS = 10.0
THREADS = 50


class ThreadStore(Protocol):
    """Where threads are kept (`bot/storage/case_threads.py`)."""

    async def with_news(self, now: str, limit: int) -> Sequence[Thread]:
        """Threads behind which something has happened, or whose post was left half done."""

    async def news(self, thread: Thread) -> tuple[CaseFile, Sequence[Happened], bool]:
        """The case, what happened since, in order, and whether the chat is not to be shown now: an anonymous survey
        runs there."""

    async def posting(self, thread: Thread, to: Cursor, until: str) -> bool:
        """Mark that a post begins. False: another process does it."""

    async def seen(self, thread: Thread, to: Cursor) -> None:
        """It stands there now; how the message has to look is not known until `shown` says it."""

    async def wait(self, thread: Thread, until: str, *, begun: bool) -> None:
        """Leave it alone until then. `begun`: whether the post may have left."""

    async def shown(self, thread: Thread, digest: str) -> None: ...
    async def end(self, thread: Thread) -> None: ...


class Mirroring:
    """`address`: where our console is reached."""

    def __init__(self, store: ThreadStore, room: Room, desk: Desk, clock: Clock, address: str = "") -> None:
        self._store = store
        self._room = room
        self._desk = desk
        self._clock = clock
        self._address = address

    async def look(self) -> int:
        """Bring every thread up to date: channels side by side, each in order. Returns how many had news."""
        found = await self._store.with_news(self._clock.now(), THREADS)
        by_channel: dict[str, list[Thread]] = defaultdict(list)
        for thread in found:
            by_channel[thread.channel].append(thread)
        ended = await asyncio.gather(*(self._in_order(line) for line in by_channel.values()), return_exceptions=True)
        for error in ended:
            if error is not None:
                raise error
        return len(found)

    async def _in_order(self, line: Sequence[Thread]) -> None:
        for thread in line:
            try:
                await self._catch_up(thread)
            except SendError as error:
                await self._refused(thread, error)
            except TimeoutError:
                log.warning("Thread %s of case %s: unknown whether it has the newest lines.", thread.id, thread.case)
                await self._store.wait(thread, self._in(LATER_SECONDS), begun=True)

    async def _catch_up(self, thread: Thread) -> None:
        thread = await self._settled(thread)
        case, happened, hidden = await self._store.news(thread)
        team = self._desk.team(case.team)
        here = at_home(thread, team)
        batch = _first(happened)
        said = lines_of([one for one in batch if not (hidden and one.kind != "event")], thread, case, self._desk)
        if thread.seen.event < 0:
            said.append(Line("event", "", say(team.language, "how")))
        if not here:
            said = [Line("event", "", say(team.language, "gone", team=team.name(team.language)))]
        await self._post(thread, said, _behind(thread.seen, batch))
        await self._show(thread, card_of(case, team, self._link(case.id)), here)
        if not here or (case.status == "closed" and len(batch) == len(happened)):
            await self._store.end(thread)

    async def _settled(self, thread: Thread) -> Thread:
        """What a process left half done is there, or it is not and is posted anew."""
        if thread.posting is None:
            return thread
        there = await self._room.find(thread.channel, thread.thread, key_of(thread, thread.posting))
        reached = thread.posting if there is not None else thread.seen
        await self._store.seen(thread, reached)
        return replace(thread, posting=None, seen=reached)

    async def _post(self, thread: Thread, said: Sequence[Line], to: Cursor) -> None:
        if to == thread.seen and thread.seen.event >= 0 and not said:
            return
        if not said:
            await self._store.seen(thread, to)
            return
        if not await self._store.posting(thread, to, self._in(LEASE_SECONDS)):
            return
        fault("notifying")
        await self._room.write(thread.channel, thread.thread, said, key_of(thread, to))
        fault("notified")
        await self._store.seen(thread, to)

    async def _show(self, thread: Thread, shown: Card, here: bool) -> None:
        """The message as the case stands; without buttons where another team has it."""
        shown = shown if here else replace(shown, acts=())
        if digest(shown) != thread.digest:
            await self._room.change(thread.channel, thread.thread, shown)
        await self._store.shown(thread, digest(shown))

    async def _refused(self, thread: Thread, error: SendError) -> None:
        if error.retry in ("never", "withhold"):
            log.error("Thread %s of case %s ends: %s", thread.id, thread.case, error)
            await self._store.end(thread)
            return
        wait = DEAD_SECONDS if error.retry == "channel_dead" else error.retry_after or LATER_SECONDS
        await self._store.wait(thread, self._in(wait), begun=False)

    def _in(self, seconds: float) -> str:
        at = datetime.fromisoformat(self._clock.now()) + timedelta(seconds=seconds)
        return at.isoformat(timespec="microseconds")

    def _link(self, case: int) -> str:
        return f"{self._address}{CASE_PAGE.format(case=case)}" if self._address else ""


def key_of(thread: Thread, to: Cursor) -> str:
    """By which a post is known again."""
    return f"thread-{thread.id}-{to.inbox}-{to.outbox}-{to.event}"


def _first(happened: Sequence[Happened]) -> Sequence[Happened]:
    """What can be shown now, in order: of each kind up to the first that may still change, and no more than fits."""
    ready: list[Happened] = []
    waits: set[str] = set()
    for one in happened:
        if not one.settled:
            waits.add(one.kind)
        elif one.kind not in waits and len(ready) < AT_ONCE:
            ready.append(one)
    return ready


def _behind(seen: Cursor, batch: Sequence[Happened]) -> Cursor:
    last = {kind: max((one.id for one in batch if one.kind == kind), default=-1) for kind in ("in", "out", "event")}
    return Cursor(max(seen.inbox, last["in"]), max(seen.outbox, last["out"]), max(seen.event, last["event"], 0))
