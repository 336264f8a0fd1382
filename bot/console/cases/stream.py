"""Hints for one open page of the console, as server-sent events: something changed, read it again.

They carry no word of any customer. The page fetches what it shows by itself, with its own rights. A page whose session
is over is told so, and its connection ends: at once when that happened here, else within a few seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from bot.console.desk.seam import SESSIONS
from bot.console.playground.stream import BEAT, Closing, frame
from bot.identity.sign_in import Session

Hint = tuple[str, str]
"""Kind and frame."""


async def hints(conductor: Any, session: Session, closing: Closing) -> AsyncIterator[str]:
    """ "hello" at once, then one frame for each event; a comment after a silence. Ends with "signed_out" when the
    session does, and when the server stops."""
    yield frame("hello", {})
    news: asyncio.Queue[Hint] = asyncio.Queue()
    listening = asyncio.create_task(_listen(conductor, news))
    stopping = asyncio.create_task(closing.now.wait())
    loop = asyncio.get_running_loop()
    looked = loop.time()
    try:
        while not stopping.done() and not listening.done():
            kind, said = await _next(news, listening, stopping)
            if kind in ("", SESSIONS) or loop.time() - looked > BEAT:
                looked = loop.time()
                if not await conductor.sign_in.alive(session):
                    yield frame("signed_out", {})
                    return
            if kind != SESSIONS:
                yield said
    finally:
        listening.cancel()
        stopping.cancel()
        await asyncio.gather(listening, stopping, return_exceptions=True)


async def _next(news: asyncio.Queue[Hint], *ends: asyncio.Task[Any]) -> Hint:
    """The next hint; a comment after a silence."""
    getting = asyncio.ensure_future(news.get())
    try:
        await asyncio.wait([getting, *ends], timeout=BEAT, return_when=asyncio.FIRST_COMPLETED)
        return getting.result() if getting.done() else ("", ": beat\n\n")
    finally:
        getting.cancel()


async def _listen(conductor: Any, news: asyncio.Queue[Hint]) -> None:
    async for event in conductor.events.subscribe(None):
        hint = {"conversation": event["conversation"], "case": event["data"].get("case")}
        news.put_nowait((event["kind"], frame(event["kind"], hint)))
