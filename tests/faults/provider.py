"""A provider that outlives every process: it takes letters on a socket, and delivers its customers' messages to sockets
of servers until it hears a 200. What it remembers is what is counted in the end."""

from __future__ import annotations

import asyncio
import json
import os
import random
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.bootstrap import Conductor
from channels.contract import DeliveryStatus, Inbound, Outbound, SendError

SLOW_SECONDS = 20.0
"""A slow answer comes after the sender has lost its patience (`delivery.SEND_SECONDS`, which tests make shorter)."""

AGAIN_SECONDS = (0.1, 0.3)
"""So long it waits before it delivers a message again that was not acknowledged."""


@dataclass(frozen=True)
class Manners:
    """How it treats us. `remembers`: it drops a letter whose key it has. `reports`: it tells what became of a letter,
    with our key, as Twilio does. `once`: it delivers a customer's message once, as far as we know. `busy`, `broken`,
    `slow`: shares of letters that it answers with 429, with 500, or takes without saying so in time."""

    remembers: bool = False
    reports: bool = False
    once: bool = False
    busy: float = 0.0
    broken: float = 0.0
    slow: float = 0.0


@dataclass(frozen=True)
class Taken:
    """A letter that the provider took, and so the customer saw. `sender`: the process; `slow`: never confirmed; `at`:
    when, on the provider's clock."""

    key: str
    address: str
    sender: int
    slow: bool
    at: float


@dataclass
class Provider:
    """Lives in the test's own process."""

    folder: Path
    manners: Manners
    chance: random.Random
    servers: list[Path] = field(default_factory=list)
    """Sockets where messages may be delivered, to any of them."""
    taken: list[Taken] = field(default_factory=list)
    turned_away: Counter[str] = field(default_factory=Counter)
    acknowledged: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Message id → address and text, of messages for which a server said 200."""
    delivered_again: int = 0
    mail: dict[str, asyncio.Queue[str]] = field(default_factory=lambda: defaultdict(asyncio.Queue))
    """Address → the questions that the customer sees, in order; "" for a letter that asks nothing."""
    unheard: set[str] = field(default_factory=set)
    """Keys of letters whose sender was not there any more when it was answered."""
    reported: dict[str, float] = field(default_factory=dict)
    """Key → when the first report of that letter was acknowledged."""
    _known: set[str] = field(default_factory=set)
    _reports: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def socket(self) -> Path:
        return self.folder / "provider.sock"

    async def open(self) -> None:
        self._server = await asyncio.start_unix_server(self._letter, str(self.socket), backlog=1000)

    async def close(self) -> None:
        for report in self._reports:
            report.cancel()
        self._server.close()

    async def _letter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if line := await reader.readline():  # else its sender died before it said anything
                answer = self._take(json.loads(line))
                if answer.pop("slow", False):
                    await asyncio.sleep(SLOW_SECONDS)
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
                if await reader.readline() != b"heard\n":
                    self.unheard.add(json.loads(line)["key"])
        except ConnectionError:
            pass  # its sender died
        finally:
            writer.close()

    def _take(self, letter: dict[str, Any]) -> dict[str, Any]:
        key, lot, manners = letter["key"], self.chance.random(), self.manners
        answer = {"id": f"theirs-{key}"}
        if manners.remembers and key in self._known:
            self.turned_away["known already"] += 1
            return answer
        if lot < manners.busy + manners.broken:
            trouble = "busy" if lot < manners.busy else "broken"
            self.turned_away[trouble] += 1
            return {"error": trouble}
        slow = lot > 1 - manners.slow
        self._known.add(key)
        self.taken.append(Taken(key, letter["address"], letter["sender"], slow, time.monotonic()))
        self.mail[letter["address"]].put_nowait(letter["asks"])
        if manners.reports:
            self._reports.add(asyncio.create_task(self._report(key)))
        return {**answer, "slow": slow}

    async def _report(self, key: str) -> None:
        await self.deliver({"report": key})
        self.reported.setdefault(key, time.monotonic())

    async def say(self, message_id: str, address: str, text: str) -> None:
        """A customer's message, delivered until it is acknowledged."""
        await self.deliver({"message": message_id, "address": address, "text": text})
        self.acknowledged[message_id] = (address, text)

    async def deliver(self, news: Mapping[str, Any]) -> None:
        while not await self._said_200(json.dumps(dict(news)).encode() + b"\n"):
            self.delivered_again += 1
            await asyncio.sleep(self.chance.uniform(*AGAIN_SECONDS))

    async def _said_200(self, line: bytes) -> bool:
        try:
            reader, writer = await asyncio.open_unix_connection(str(self.chance.choice(self.servers)))
        except OSError:
            return False
        try:
            writer.write(line)
            return await asyncio.wait_for(reader.readline(), 15) == b"200\n"
        except (OSError, asyncio.TimeoutError):
            return False
        finally:
            writer.close()


class Client:
    """The provider's client, in the processes of the installation."""

    def __init__(self, provider: Provider) -> None:
        self._socket = provider.socket
        self.remembers_keys = provider.manners.remembers
        self.reports = provider.manners.reports
        self.sends_once = provider.manners.once

    async def send(self, channel: str, address: str, message: Outbound, key: str) -> str:
        reader, writer = await asyncio.open_unix_connection(str(self._socket))
        try:
            asks = message.prompt.question if message.prompt else ""
            letter = {"key": key, "address": address, "asks": asks, "sender": os.getpid()}
            writer.write(json.dumps(letter).encode() + b"\n")
            answer = json.loads(await reader.readline())
            writer.write(b"heard\n")
        finally:
            writer.close()
        if answer.get("error") == "busy":
            raise SendError("Too many requests (429).", "later", retry_after=0.2)
        if answer.get("error"):
            raise SendError("The provider has an error (500).", "later")
        return str(answer["id"])


async def webhook(here: Conductor, socket: Path) -> asyncio.AbstractServer:
    """What a server listens on, in place of HTTP: one line in, and its status."""

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            news = json.loads(await reader.readline())
            writer.write(b"200\n" if await _stored(here, news) else b"503\n")
            await writer.drain()
        except ConnectionError:
            pass  # whoever delivered was killed: it will do so again
        finally:
            writer.close()

    socket.unlink(missing_ok=True)  # noqa: ASYNC240  (nothing else runs yet)
    return await asyncio.start_unix_server(take, str(socket), backlog=1000)


async def _stored(here: Conductor, news: Mapping[str, Any]) -> bool:
    try:
        if "report" in news:
            key = news["report"]
            await here.status(DeliveryStatus("web", f"theirs-{key}", "delivered", key=key))
        else:
            await here.accept(Inbound("web", "web", news["message"], news["address"], news["text"], language="en"))
    except Exception:  # as channels/receive.py does
        return False
    return True
