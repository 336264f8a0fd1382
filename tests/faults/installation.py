"""A whole installation whose parts are killed and started again: servers and workers are forks with the model loaded,
PostgreSQL and Redis are real."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
import sys
import threading
import time
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bot.bootstrap import Conductor, use
from bot.settings import load_settings
from bot.working import NoAgent, Working
from tests.backends import Backend, MortalPostgres
from tests.faults.provider import Client, Provider, webhook

FOREVER = 900
"""Seconds after which a process that nobody killed ends by itself."""

BUSY_SECONDS = 20
"""So much longer what takes a moment may take where other tests run."""

DOWN_SECONDS = (0.0, 0.6)
"""So long something stays down."""


class Installation:
    """`started` processes by name (server-0, worker-1). The embedded one is a single server."""

    def __init__(
        self, backend: Backend, postgres: MortalPostgres | None, agent: Any, provider: Provider, surveys: Path
    ):
        self.backend, self.postgres, self.agent = backend, postgres, agent
        self.provider, self.surveys = provider, surveys
        self.started: dict[str, int] = {}
        self.killed: dict[int, str] = {}
        """Process → its name, of those that `kill -9` ended."""
        self.ended: list[str] = []
        """Names of those that ended by themselves, because what they need was away when they started. They were started
        again, as systemd or Kubernetes would."""
        self._outages = 0
        self._pause = threading.Event()
        grown = backend.name == "grown"
        names = ("server-0", "server-1", "worker-0", "worker-1") if grown else ("server-0",)
        self._bodies = {name: self._serve if name.startswith("server") else self._work for name in names}
        provider.servers[:] = [self._socket(name) for name in names if name.startswith("server")]
        self.mortal = ("server", "worker", "redis", "postgres") if grown else ("server",)

    def _socket(self, name: str) -> Path:
        return self.provider.folder / f"{name}.sock"

    def conductor(self, works: bool = False) -> Conductor:
        settings = load_settings(
            **self.backend.settings, surveys=self.surveys, join_seconds=0, spool=self.provider.folder / "spool"
        )
        agent = NoAgent() if works else self.agent
        made = Conductor(settings, agent, senders={"web": Client(self.provider)}, works=works)
        use(made)
        return made

    async def _serve(self, name: str) -> None:
        here = self.conductor()
        await here.start()
        listening = await webhook(here, self._socket(name))
        async with listening:
            await asyncio.sleep(FOREVER)

    async def _work(self, name: str) -> None:
        working = Working(self.conductor(works=True))
        await working.start()
        await asyncio.sleep(FOREVER)

    def once(self, body: Callable[[Conductor], Awaitable[None]]) -> None:
        """Run `body` in a process of its own, to its end."""

        async def live(_name: str) -> None:
            here = self.conductor()
            await body(here)
            await here.stop()

        _, status = os.waitpid(self._fork("once", live), 0)
        assert status == 0, "it failed: its output is above"

    def _fork(self, name: str, body: Callable[[str], Awaitable[None]]) -> int:
        pid = os.fork()
        if pid == 0:
            try:
                logging.disable(logging.ERROR)  # what fails here fails because something was killed
                asyncio.run(body(name))  # type: ignore[arg-type]
                os._exit(0)
            except BaseException:
                print(f"{name} ended.", flush=True)
                traceback.print_exc()
                sys.stderr.flush()
                os._exit(1)
        return pid

    def start(self, name: str) -> None:
        self.started[name] = self._fork(name, self._bodies[name])

    def start_all(self) -> None:
        for name in self._bodies:
            self.start(name)

    def kill(self, kind: str, chance: random.Random) -> None:
        """`kill -9`, and after a moment it is started again."""
        down = chance.uniform(*DOWN_SECONDS)
        if kind in ("redis", "postgres"):
            self.away(kind, down)
        else:
            name = chance.choice([name for name in self.started if name.startswith(kind)])
            self._end(name)
            self._pause.wait(down)
            self.start(name)

    def away(self, kind: str, seconds: float, meanwhile: Callable[[], bool] = lambda: True) -> bool:
        """`kill -9` of Redis or PostgreSQL, gone for so long, and longer on a busy machine until `meanwhile` holds,
        which is looked at again and again. Returns whether it did."""
        server = self.backend.redis if kind == "redis" else self.postgres
        assert server is not None
        self._outages += 1
        server.kill()
        until = time.monotonic() + seconds
        held = self.wait(lambda: meanwhile() and time.monotonic() >= until, seconds + BUSY_SECONDS)
        server.start()
        return held

    def _end(self, name: str) -> None:
        pid = self.started.pop(name)
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        self.killed[pid] = name
        if not os.WIFSIGNALED(status):
            self._ended(name)

    def _ended(self, name: str) -> None:
        assert self._outages, f"{name} ended by itself, and nothing that it needs was away"
        self.ended.append(name)

    def _look_after(self) -> None:
        """Start what ended by itself again."""
        for name, pid in list(self.started.items()):
            ended, _ = os.waitpid(pid, os.WNOHANG)
            if ended:
                self.killed[pid] = name
                self._ended(name)
                self.start(name)

    def close(self) -> None:
        for pid in self.started.values():
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        self.started.clear()

    def wait(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Look until it holds, at most so long. Returns whether it does."""
        until = time.monotonic() + seconds
        while not (held := holds()) and time.monotonic() < until:
            self._look_after()
            self._pause.wait(0.05)
        return held
