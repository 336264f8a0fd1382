"""A customer's phone at a local provider: what the customer does goes to the real connector as the provider's signed
webhook, and what the provider was sent is what the phone shows."""

from __future__ import annotations

import asyncio
import secrets
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, TypeVar

Now = Callable[[], datetime]
Thing = TypeVar("Thing")
_BACKLOG = 64
"""News that a page may leave unread; one is enough for it to read everything."""


def utc() -> datetime:
    """The machine's clock."""
    return datetime.now(timezone.utc)


class NotTaken(Exception):
    """The house did not take what the customer did, or there is nothing to do it with. The text is a sentence."""


@dataclass
class Line:
    """One message on the screen. `ref` is the provider's id of ours: what the house knows the message by. `content` is
    read at each look, so that a message that was edited is shown as it is now."""

    id: str
    direction: str
    at: str
    content: Callable[[], Mapping[str, Any]]
    ref: str = ""

    def shown(self) -> dict[str, Any]:
        """As JSON: `text`, and for ours a `drawing` (its form as in `channels.web.render`)."""
        return {"id": self.id, "direction": self.direction, "at": self.at, "ref": self.ref, **self.content()}


@dataclass
class Thread:
    """What one customer's phone holds. `done` are ids of deeds: one that the page tries again is done once."""

    lines: list[Line] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    pages: set[asyncio.Queue[str]] = field(default_factory=set)
    language: str = "en"


class Phone(ABC):
    """The phones of one channel's customers. `provider` is the connector's name."""

    provider: str
    channel: str

    def __init__(self, now: Now = utc) -> None:
        self.now = now
        self.since = now().isoformat(timespec="microseconds")
        """What was said before was said to an earlier start's phones."""
        self._threads: dict[str, Thread] = defaultdict(Thread)

    # What every provider does in its own way

    @abstractmethod
    def meet(self) -> str:
        """A new customer's address."""

    @abstractmethod
    def ours(self, address: str) -> bool:
        """Whether `address` is one that `meet` could have made: no real customer's."""

    @abstractmethod
    async def _say(self, address: str, text: str) -> int:
        """The customer writes; the status that the webhook answered."""

    @abstractmethod
    async def _press(self, address: str, message: str, labels: Sequence[str]) -> int:
        """The customer presses what says `labels` in the line with this id. Raises LookupError when it is gone."""

    def state(self, address: str) -> dict[str, Any]:
        """What the screen shows beside the messages."""
        return {}

    async def before_first(self, address: str) -> None:  # noqa: B027  (most providers need nothing)
        """What has to happen before we may write to this customer."""

    # What they share

    def open(self, address: str, language: str) -> None:
        """The customer holds the phone in the hand, and speaks `language`."""
        self._threads[address].language = language

    async def say(self, address: str, text: str, deed: str) -> bool:
        """The customer writes `text`. False: that `deed` was done already. Raises NotTaken."""
        return await self._once(address, deed, lambda: self._say(address, text))

    async def press(self, address: str, message: str, labels: Sequence[str], deed: str) -> bool:
        """The customer presses. False: that `deed` was done already. Raises NotTaken."""
        return await self._once(address, deed, lambda: self._press(address, message, labels))

    async def _once(self, address: str, deed: str, work: Callable[[], Any]) -> bool:
        thread = self._threads[address]
        if deed in thread.done:
            return False
        thread.done.add(deed)
        try:
            status = await work()
        except LookupError as gone:
            raise NotTaken("That button is not there any more.") from gone
        if status != 200:
            raise NotTaken(f"The connector answered {status} to the webhook. The server's log says why.")
        self._changed(address)
        return True

    def messages(self, address: str) -> list[dict[str, Any]]:
        """What stands on the screen, oldest first."""
        return [line.shown() for line in self._threads[address].lines] if address in self._threads else []

    @contextmanager
    def listen(self, address: str) -> Iterator[asyncio.Queue[str]]:
        """News of this phone while the context is open."""
        page: asyncio.Queue[str] = asyncio.Queue(_BACKLOG)
        self._threads[address].pages.add(page)
        try:
            yield page
        finally:
            self._threads[address].pages.discard(page)

    def watched(self, address: str) -> bool:
        """Whether somebody is looking at the screen."""
        return bool(self._threads[address].pages)

    def _changed(self, *addresses: str) -> None:
        for address in addresses:
            for page in self._threads[address].pages:
                if not page.full():
                    page.put_nowait("phone")

    def _keep(self, address: str, line: Line) -> None:
        self._threads[address].lines.append(line)

    def _at(self) -> str:
        return self.now().isoformat(timespec="milliseconds")


def found(things: Iterable[Thing], wanted: Callable[[Thing], bool]) -> Thing:
    """The first that is wanted. Raises LookupError."""
    for thing in things:
        if wanted(thing):
            return thing
    raise LookupError


def words(text: str) -> Mapping[str, Any]:
    """A message of ours that is text alone."""
    return {"text": text, "drawing": {"form": "plain", "text": text, "speech": text}}


def choice(label: str, note: str = "") -> dict[str, Any]:
    """Something to press; it is pressed by its label."""
    return {"value": label, "label": label, "full": label, "note": note}


def fictional_number(taken: Collection[str]) -> str:
    """A telephone number that is nobody's: 555-0100 to 555-0199 of a North American area code are kept for fiction."""
    while True:
        number = f"+1{secrets.choice(_AREAS)}55501{secrets.randbelow(100):02d}"
        if number not in taken:
            return number


_AREAS = (
    "201",
    "212",
    "213",
    "303",
    "312",
    "404",
    "415",
    "503",
    "512",
    "602",
    "617",
    "702",
    "713",
    "808",
    "206",
    "305",
)
