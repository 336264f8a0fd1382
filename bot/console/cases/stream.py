"""Hints for one open page of the console, as server-sent events: something changed, read it again.

They carry no word of any customer. The page fetches what it shows by itself, with its own rights.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from bot.console.playground.stream import BEAT, Closing, frame


async def hints(conductor: Any, closing: Closing) -> AsyncIterator[str]:
    """ "hello" at once, then one frame for each event; a comment after a silence. Ends when the server stops."""
    yield frame("hello", {})
    news: asyncio.Queue[str] = asyncio.Queue()
    listening = asyncio.create_task(_listen(conductor, news))
    stopping = asyncio.create_task(closing.now.wait())
    try:
        while not stopping.done() and not listening.done():
            getting = asyncio.ensure_future(news.get())
            try:
                await asyncio.wait([getting, listening, stopping], timeout=BEAT, return_when=asyncio.FIRST_COMPLETED)
                yield getting.result() if getting.done() else ": beat\n\n"
            finally:
                getting.cancel()
    finally:
        listening.cancel()
        stopping.cancel()
        await asyncio.gather(listening, stopping, return_exceptions=True)


async def _listen(conductor: Any, news: asyncio.Queue[str]) -> None:
    async for event in conductor.events.subscribe(None):
        case = event["data"].get("case")
        news.put_nowait(frame(event["kind"], {"conversation": event["conversation"], "case": case}))
