"""News for one open page, as server-sent events. Best effort: on any news the page reads the conversation again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractContextManager, suppress
from typing import Any

BEAT = 15.0
"""Seconds of silence after which a comment is sent, so that proxies keep the connection and a dead one is noticed."""


class Closing:
    """Ends every open stream when the server stops; otherwise it would wait for pages that never leave."""

    def __init__(self) -> None:
        self.now = asyncio.Event()


Listening = AbstractContextManager["asyncio.Queue[str]"]
"""The phone's own news: of the web channel, or of a local provider."""


async def news(conductor: Any, conversation: int, listening: Listening, closing: Closing) -> AsyncGenerator[str, None]:
    """Frames of the event stream: "hello" at once, then one for each of the conductor's events and each of the
    phone's."""
    yield frame("hello", {})
    inbox: asyncio.Queue[tuple[str, Mapping[str, Any]]] = asyncio.Queue()
    with listening as sent:
        tasks = [
            asyncio.create_task(_events(conductor, conversation, inbox)),
            asyncio.create_task(_sent(sent, inbox)),
            asyncio.create_task(closing.now.wait()),
        ]
        try:
            while not any(task.done() for task in tasks):
                yield await _next(inbox, tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _next(inbox: asyncio.Queue[tuple[str, Mapping[str, Any]]], tasks: list[asyncio.Task[Any]]) -> str:
    """The next frame; a beat after a silence or when a source ended (the page then connects again)."""
    getting = asyncio.ensure_future(inbox.get())
    try:
        await asyncio.wait([getting, *tasks], timeout=BEAT, return_when=asyncio.FIRST_COMPLETED)
        return frame(*getting.result()) if getting.done() else ": beat\n\n"
    finally:
        getting.cancel()


async def _events(conductor: Any, conversation: int, inbox: asyncio.Queue[tuple[str, Mapping[str, Any]]]) -> None:
    async for event in conductor.events.subscribe(conversation):
        inbox.put_nowait((event["kind"], {}))


async def _sent(sent: asyncio.Queue[str], inbox: asyncio.Queue[tuple[str, Mapping[str, Any]]]) -> None:
    with suppress(asyncio.CancelledError):
        while True:
            inbox.put_nowait(("sent", {"key": await sent.get()}))


def frame(kind: str, data: Mapping[str, Any]) -> str:
    """One event in the format of the HTML standard, 9.2.5. JSON has no line breaks, so one data line is enough."""
    return f"data: {json.dumps({'kind': kind, **data}, separators=(',', ':'))}\n\n"
