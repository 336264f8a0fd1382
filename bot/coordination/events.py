"""News for screens, in every process: what one publishes the others hear by Redis. Best effort, never the truth.

What a customer said is left out of it: screens read that themselves, with their own rights. Told is only what
somebody watches: a process with an open screen says so, again and again, and the others believe it for a while. Else
each message of a customer would be read by every process, and two servers would do more than the work of one.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Any

from bot.conversation.live import InProcessEvents
from bot.coordination.link import PREFIX, Link

log = logging.getLogger(__name__)

CHANNEL = f"{PREFIX}events"
PRIVATE = ("inbound", "understood")
"""Kinds whose data hold a customer's words."""
BACKLOG = 1000
"""News that wait to be passed on; more are dropped, the screens read the state anyway."""
LISTEN_SECONDS = 5.0
AGAIN_SECONDS = 1.0

WATCH_SECONDS = 10.0
"""How often a process says what its screens watch."""
BELIEVED_SECONDS = 2.5 * WATCH_SECONDS
"""So long the others tell it then. Who has just begun to listen tells everything for that long: it has heard nobody."""

WATCH = "watch"
"""Kind of the news that somebody watches a conversation (None: all of them)."""
WAKE = "wake"
"""Kind of the news that a conversation has something to do."""
PAGE = "page"
"""Kind of the news that a page of the web channel has something to show."""


class SharedEvents(InProcessEvents):
    """Implements `ports.LiveEvents` for several processes."""

    def __init__(self, link: Link, seconds: Callable[[], float] = time.monotonic) -> None:
        """`seconds`: a clock that only runs forward."""
        super().__init__()
        self._link = link
        self._seconds = seconds
        self._watched: dict[int | None, float] = {}
        """Conversation (None: all) → until when somebody elsewhere is believed to watch it."""
        self._watching: asyncio.Task[None] | None = None
        self._me = uuid.uuid4().hex
        self._waiting: list[dict[str, Any]] = []
        self._passing: asyncio.Task[None] | None = None
        self._listening: asyncio.Task[None] | None = None
        self._heard: dict[str, Callable[[Mapping[str, Any]], None]] = {}

    def on(self, kind: str, heard: Callable[[Mapping[str, Any]], None]) -> None:
        """`heard(news)` is called for what other processes tell of this kind."""
        self._heard[kind] = heard

    def publish(self, conversation: int, kind: str, data: Mapping[str, Any]) -> None:
        super().publish(conversation, kind, data)
        if self._is_watched(conversation):
            self.tell(conversation, kind, {} if kind in PRIVATE else data)

    def _is_watched(self, conversation: int) -> bool:
        now = self._seconds()
        return self._watched.get(None, 0.0) > now or self._watched.get(conversation, 0.0) > now

    async def subscribe(self, conversation: int | None) -> AsyncGenerator[Mapping[str, Any], None]:
        self.tell(conversation, WATCH, {})
        async with aclosing(super().subscribe(conversation)) as following:
            async for news in following:
                yield news

    def tell(self, conversation: int | None, kind: str, data: Mapping[str, Any]) -> None:
        """To the other processes alone, whoever watches. All that is said in one turn of the loop goes together."""
        if len(self._waiting) >= BACKLOG or not self._link.up:
            return
        self._waiting.append({"kind": kind, "data": dict(data), "conversation": conversation})
        if self._passing is None:
            self._passing = asyncio.create_task(self._pass_on())

    async def _pass_on(self) -> None:
        await asyncio.sleep(0)
        try:
            while self._waiting:
                told = json.dumps({"from": self._me, "news": self._waiting})
                self._waiting = []
                await self._link.ask(lambda redis, told=told: redis.publish(CHANNEL, told), 0)  # type: ignore[misc]
        finally:
            self._passing = None

    def start(self) -> None:
        self._believe(None)
        self._listening = asyncio.create_task(self._listen_for_ever())
        self._watching = asyncio.create_task(self._watch_for_ever())

    async def _watch_for_ever(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            for conversation in list(self._queues):
                self.tell(conversation, WATCH, {})

    def _believe(self, conversation: int | None) -> None:
        now = self._seconds()
        self._watched[conversation] = now + BELIEVED_SECONDS
        if len(self._watched) > BACKLOG:
            self._watched = {key: until for key, until in self._watched.items() if until > now}

    async def _listen_for_ever(self) -> None:
        while True:
            try:
                await self._listen()
            except Exception as error:
                log.info("Listening to other processes ended (%s); trying again.", type(error).__name__)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _listen(self) -> None:
        pubsub = self._link.redis.pubsub(ignore_subscribe_messages=True)
        try:
            await pubsub.subscribe(CHANNEL)
            self._believe(None)  # what was said of watching while we did not listen is unknown
            while True:
                message = await pubsub.get_message(timeout=LISTEN_SECONDS)
                if message is not None:
                    self._hear(json.loads(message["data"]))
        finally:
            await pubsub.close()

    def _hear(self, told: Mapping[str, Any]) -> None:
        if told["from"] == self._me:
            return
        for news in told["news"]:
            heard = self._heard.get(news["kind"])
            if news["kind"] == WATCH:
                self._believe(news["conversation"])
            elif heard is not None:
                heard(news)
            else:
                super().publish(news["conversation"], news["kind"], news["data"])

    async def stop(self) -> None:
        if self._passing is not None:
            await asyncio.gather(self._passing, return_exceptions=True)
        for task in filter(None, (self._listening, self._watching)):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
