"""Messages on disk while the database is gone, for providers that would not send them again.

Twilio waits 15 s for a webhook and does not try a second time
(https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides): a 503 there loses the customer's words. So
the message becomes a file, synced to disk, before Twilio hears 200; when the database is back, the files are taken in,
in their order and before anything newer of these providers. A file that was taken in twice does nothing: the key is the
provider's own message id.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from bot.conversation.ports import Clock
from bot.conversation.spooling import News, TakeIn
from bot.storage.outage import outage
from channels.contract import DeliveryStatus, Inbound

log = logging.getLogger(__name__)

ATTEMPTS = 5
"""After so many failures that are not the database's the file is set aside, so that the others go on."""

ASIDE = "aside"
"""Folder of what could not be taken in: for a person to look at."""

ASIDE_DAYS = 30
"""So long what was set aside is kept, a customer's words: somebody has been told by then (`conductor doctor`)."""

HALF_DAYS = 2
"""So long a file that was never finished may lie: its process died, and its provider was not told 200."""

_KINDS: Mapping[str, type[Inbound] | type[DeliveryStatus]] = {"message": Inbound, "status": DeliveryStatus}


class Spool:
    """The files of one folder. Several processes of a machine may share it."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder, self._clock = folder, clock
        self._last = ""
        self._count = 0
        self._failed: Counter[str] = Counter()
        self._replaying = asyncio.Lock()
        self._writing: set[str] = set()
        """Names of what this process is writing just now: older than what comes next, and not to be seen yet."""
        self._tidied = ""
        self.waiting = self.look()
        """Whether there may be something to take in. `look` finds what another process left."""

    def look(self) -> bool:
        """See anew whether anything waits."""
        self.waiting = bool(self._writing or self._files())
        return self.waiting

    def __len__(self) -> int:
        return len(self._files())

    @property
    def set_aside(self) -> int:
        """How many could not be taken in."""
        return len(self._aside())

    def _aside(self) -> list[Path]:
        return list((self._folder / ASIDE).glob("*.json"))

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.json")) if self._folder.is_dir() else []

    async def put(self, news: News) -> None:
        """Write it down. Returns once it would survive a power cut; raises OSError when the disk does not take it. Who
        is cancelled meanwhile has it written all the same."""
        at = self._clock.now()
        kind = "status" if isinstance(news, DeliveryStatus) else "message"
        content = json.dumps({"kind": kind, "at": at, "news": asdict(news)})
        name = self._name(at)
        self._writing.add(name)
        self.waiting = True
        await asyncio.shield(asyncio.get_running_loop().run_in_executor(None, self._write_first, name, content))

    def _write_first(self, name: str, content: str) -> None:
        try:
            self._write(name, content)
        finally:
            self._writing.discard(name)

    def _name(self, at: str) -> str:
        """Sorts behind every earlier one of this process, also when the clock was set back."""
        self._last = max(self._last, at.replace(":", ""))
        self._count += 1
        return f"{self._last}-{self._count:06}-{uuid4().hex[:8]}.json"

    def _write(self, name: str, content: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        half = self._folder / f"{name}.half"
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            half.unlink(missing_ok=True)
            raise
        half.rename(self._folder / name)
        _sync_folder(self._folder)

    async def forget(self, addresses: Collection[tuple[str, str]], until: str) -> int:
        """Delete what these addresses (channel, address) sent up to a time (ISO 8601), also what was set aside. Returns
        how many files that were. What another machine has in a folder of its own is not reached."""
        async with self._replaying:
            gone = await asyncio.to_thread(self._forget, frozenset(addresses), until)
            self.look()
        return gone

    def _forget(self, addresses: Collection[tuple[str, str]], until: str) -> int:
        theirs = [file for file in [*self._files(), *self._aside()] if _is_of(file, addresses, until)]
        for file in theirs:
            file.unlink(missing_ok=True)
        return len(theirs)

    async def tidy(self) -> int:
        """Once a day: delete what was set aside, or never finished, and is old. Returns how many files that were."""
        now = self._clock.now()
        if now[:10] == self._tidied:
            return 0
        gone = await asyncio.to_thread(self._tidy, datetime.fromisoformat(now))
        self._tidied = now[:10]
        return gone

    def _tidy(self, now: datetime) -> int:
        halves = [file for file in self._folder.glob("*.half") if _is_older(file, now, HALF_DAYS)]
        aside = [file for file in self._aside() if _is_older(file, now, ASIDE_DAYS)]
        for file in [*halves, *aside]:
            file.unlink(missing_ok=True)
        if aside:
            log.warning("%d messages that could not be taken in were deleted: %d days old.", len(aside), ASIDE_DAYS)
        return len(halves) + len(aside)

    def try_out(self) -> None:
        """Write into the folder, or where it would be made. Leaves nothing behind. Raises OSError when that fails: it
        would be too late to learn that when the database is gone."""
        here = next(folder for folder in (self._folder, *self._folder.absolute().parents) if folder.exists())
        probe = here / f".{uuid4().hex}.half"
        try:
            probe.touch(0o600)
        finally:
            probe.unlink(missing_ok=True)

    async def replay(self, take_in: TakeIn, reachable: Callable[[], Awaitable[bool]]) -> bool:
        """Take everything in, the oldest first. `reachable`: whether the database answers; if it does not, what failed
        is no fault of the message's. Returns whether nothing is left."""
        async with self._replaying:
            for file in self._complete():
                if not await self._replay_one(file, take_in, reachable):
                    return False
            return not self.look()

    def _complete(self) -> list[Path]:
        """The files before which none is being written."""
        first = min(self._writing, default=None)  # before the folder is read: what is written by then is in it
        return [file for file in self._files() if first is None or file.name < first]

    async def _replay_one(self, file: Path, take_in: TakeIn, reachable: Callable[[], Awaitable[bool]]) -> bool:
        """Returns whether to go on with the next."""
        try:
            news, at = _read(file)
        except FileNotFoundError:
            return True  # another process took it in
        except Exception as error:
            return self._faulty(file, error)
        try:
            await take_in(news, at)
        except Exception as error:
            # A full disk refuses every message, and answers all the same.
            if outage(error) or not await reachable():
                return False
            return self._faulty(file, error)
        self._failed.pop(file.name, None)
        await asyncio.to_thread(file.unlink, missing_ok=True)
        return True

    def _faulty(self, file: Path, error: Exception) -> bool:
        self._failed[file.name] += 1
        if self._failed[file.name] < ATTEMPTS:
            return False
        log.error("A spooled message can't be taken in (%s). It is set aside: %s", type(error).__name__, file.name)
        aside = self._folder / ASIDE
        aside.mkdir(exist_ok=True, mode=0o700)
        with suppress(FileNotFoundError):  # another process was faster
            file.replace(aside / file.name)
        del self._failed[file.name]
        return True


def _read(file: Path) -> tuple[News, str]:
    data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return _KINDS[data["kind"]](**data["news"]), str(data["at"])


def _is_of(file: Path, addresses: Collection[tuple[str, str]], until: str) -> bool:
    try:
        news, at = _read(file)
    except Exception:  # taken in meanwhile, or broken: the latter is set aside, and goes with its age
        return False
    return isinstance(news, Inbound) and (news.channel, news.address) in addresses and at <= until


def _is_older(file: Path, now: datetime, days: int) -> bool:
    """By its name, which begins with its day."""
    return file.name[:10] < (now - timedelta(days=days)).date().isoformat()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
