"""Several processes of one installation on PostgreSQL and Redis. Each is a fork of the test, with the model loaded."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg

from bot.bootstrap import Conductor, use
from bot.settings import load_settings
from channels.contract import Outbound
from tests.backends import Backend, in_a_loop


class Provider:
    """A provider whose memory is a file: each process appends to it, and it takes everything, twice as well."""

    def __init__(self, file: Path, seconds: float = 0.0, remembers_keys: bool = False) -> None:
        self.file = file
        self.seconds = seconds
        self.remembers_keys = remembers_keys

    async def send(self, channel: str, address: str, message: Outbound, key: str) -> str:
        if self.seconds:
            await asyncio.sleep(self.seconds)
        with self.file.open("a") as memory:
            memory.write(f"{key}\n")
        return f"theirs-{key}"

    def taken(self) -> list[str]:
        return self.file.read_text().splitlines() if self.file.exists() else []


class Process:
    """A fork that runs `body`, and its way to say that something has happened (`tell`, `told`)."""

    def __init__(self, body: Callable[[Process], Awaitable[None]], seconds: float = 90.0) -> None:
        """`seconds`: how long it may run."""
        self._seconds = seconds
        self._read, self._write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            self._live(body)

    def _live(self, body: Callable[[Process], Awaitable[None]]) -> None:
        try:
            asyncio.run(asyncio.wait_for(body(self), self._seconds))  # type: ignore[arg-type]
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)

    def tell(self) -> None:
        os.write(self._write, b".")

    def told(self) -> None:
        """Wait until the process tells. Returns as well when it ends."""
        os.read(self._read, 1)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self.end()

    def end(self) -> int:
        """Wait for its end. Returns 0, the exit code, or the signal that killed it, negative."""
        _, status = os.waitpid(self.pid, 0)
        os.close(self._read)
        os.close(self._write)
        return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def conductor(backend: Backend, agent: Any, provider: Provider, works: bool = False, **settings: Any) -> Conductor:
    """A server as far as conversations go, or what a worker is built around."""
    made = Conductor(load_settings(**backend.settings, **settings), agent, senders={"web": provider}, works=works)
    use(made)
    return made


def rows(backend: Backend, query: str) -> list[tuple[Any, ...]]:
    """What the database holds, seen from outside of all processes."""
    found: list[tuple[Any, ...]] = []

    async def look() -> None:
        connection = await asyncpg.connect(backend.database_url.replace("+asyncpg", ""))
        try:
            found.extend(tuple(row) for row in await connection.fetch(query))
        finally:
            await connection.close()

    in_a_loop(look())
    return found


async def until(check: Callable[[], Awaitable[bool]], every: float = 0.05) -> None:
    """Look until `check` holds; the process's own limit ends it."""
    while not await check():  # noqa: ASYNC110  (another process brings it about)
        await asyncio.sleep(every)
