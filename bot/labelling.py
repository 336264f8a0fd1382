"""A server's care for themes and sentiment: now and then a look, and where there is something to do, a process of its
own that does it. Training would stop the server's messages for seconds; its memory leaves with it."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.errors import ConductorError
from bot.insight.themes import labelling
from bot.insight.themes.codebook import read
from bot.insight.themes.verbatim import LabelStore
from bot.storage.engine import Database
from bot.storage.labels import SqlLabels

log = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
COMMAND = (sys.executable, "-m", "bot.cli", "themes", "train")


def label_chore(database: Database, codebook: Path) -> LabelChore:
    """The chore of a running server."""
    return LabelChore(SqlLabels(database), codebook, time.monotonic)


Start = Callable[[], Awaitable[asyncio.subprocess.Process]]


async def niced() -> asyncio.subprocess.Process:
    """`conductor themes train`, last in the queue for the processor."""
    quiet = asyncio.subprocess.DEVNULL
    return await asyncio.create_subprocess_exec("nice", *COMMAND, stdout=quiet, stderr=quiet)


class LabelChore:
    """A chore (`bot.conversation.chores`): returns at once, whatever the process does."""

    def __init__(self, store: LabelStore, codebook: Path, seconds: Callable[[], float], start: Start = niced) -> None:
        """`seconds`: a clock that only runs forward."""
        self._store = store
        self._codebook = codebook
        self._seconds = seconds
        self._start = start
        self._looked: float | None = None
        self._idle = ""  # the signature at which there was nothing to do
        self._process: asyncio.subprocess.Process | None = None

    async def look(self) -> int:
        """Returns 1 when a process was started."""
        now = self._seconds()
        if self._looked is None:  # not in the first minute: a start has enough to do
            self._looked = now
        if now - self._looked < EVERY_SECONDS or (self._process and self._process.returncode is None):
            return 0
        self._looked = now
        if self._process is not None and self._process.returncode:
            log.error("Labelling ended with %s; 'conductor themes train' says why.", self._process.returncode)
        self._process = None
        if not self._codebook.is_file():
            return 0
        try:
            codebook = await asyncio.to_thread(read, self._codebook)
        except ConductorError as error:
            log.error("%s", error)
            return 0
        signature = f"{codebook.digest} {await self._store.signature()}"
        if signature == self._idle or not await labelling.waiting(self._store, codebook):
            self._idle = signature
            return 0
        self._process = await self._start()
        return 1

    async def stop(self) -> None:
        """End the process, if one runs: what it has labelled is stored, the rest is done after the next start."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()
