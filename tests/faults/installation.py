"""A whole installation whose parts are killed and started again: servers and workers are forks with the model loaded,
PostgreSQL and Redis are real."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
import threading
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
                logging.disable(logging.NOTSET)
                logging.getLogger(__name__).exception("%s ended.", name)
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
        if kind == "redis":
            assert self.backend.redis is not None
            self.backend.redis.kill()
            self._pause.wait(down)
            self.backend.redis.start()
        elif kind == "postgres":
            assert self.postgres is not None
            self.postgres.kill()
            self._pause.wait(down)
            self.postgres.start()
        else:
            name = chance.choice([name for name in self.started if name.startswith(kind)])
            self._end(name)
            self._pause.wait(down)
            self.start(name)

    def _end(self, name: str) -> None:
        pid = self.started.pop(name)
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        assert os.WIFSIGNALED(status), f"{name} had ended by itself"
        self.killed[pid] = name

    def close(self) -> None:
        for pid in self.started.values():
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        self.started.clear()

    def wait(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Look until it holds, at most so long."""
        for _ in range(int(seconds / 0.05)):
            if holds():
                return True
            self._pause.wait(0.05)
        return holds()
