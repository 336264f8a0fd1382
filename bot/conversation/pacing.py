"""How fast a provider takes letters. The limits themselves are each channel's data (`Sender.per_second`, `per_chat`).

A letter is sent with a *place* among those that its provider takes at the moment. Each request that the provider counts
needs one: the first uses the letter's (`holding`), the later parts of a long text get their own (`gate`).
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Protocol

from channels.contract import Gate, SendError

PART_SECONDS = 5.0
"""So long a later part of a letter waits for its place; then the rest of the letter comes at the next attempt."""


class Busy(SendError):
    """No place within the time that was given. `retry_after`: when to come again; `chat`: it is only this customer who
    has been written to so often, others may be."""

    retry_after: float

    def __init__(self, seconds: float, chat: bool = False) -> None:
        super().__init__("Its provider is busy.", "later", seconds)
        self.chat = chat


class Place(Protocol):
    """The right to one request, now. Whoever has it sends at once."""

    used: bool
    """A request has gone with it."""

    def answered(self, taken: bool, seconds: float) -> None:
        """The provider has answered after `seconds`, by `taken` False with a refusal. A place of which this is never
        said is given up when the request can't be under way any more."""


class Pace(Protocol):
    """Implemented in `bot/coordination/limits.py`, in memory or shared by all processes."""

    def wait(self, provider: str) -> float:
        """Seconds until the next free place, as far as this process knows."""

    async def take(self, provider: str, address: str, patience: float) -> Place:
        """Wait for a place, at most `patience` seconds. Raises Busy."""


class NoPlace:
    """Nothing is counted."""

    used = False

    def answered(self, taken: bool, seconds: float) -> None: ...


class Unhurried:
    """No limits."""

    def wait(self, provider: str) -> float:
        return 0.0

    async def take(self, provider: str, address: str, patience: float) -> Place:
        return NoPlace()


_held: ContextVar[Place | None] = ContextVar("held", default=None)


@contextmanager
def holding(place: Place) -> Iterator[None]:
    """What is sent inside this block begins with `place`. A sender that knows of no gate uses it up as a whole."""
    before = _held.set(place)
    try:
        with _told(place, as_a_whole=True):
            yield
    finally:
        _held.reset(before)


def gate_of(pace: Pace, provider: str) -> Gate:
    """What a client of `provider` goes through with each request that counts."""

    @asynccontextmanager
    async def gate(address: str) -> AsyncIterator[None]:
        place = _held.get()
        if place is None or place.used:
            place = await pace.take(provider, address, PART_SECONDS)
        place.used = True
        with _told(place):
            yield

    return gate


@contextmanager
def _told(place: Place, as_a_whole: bool = False) -> Iterator[None]:
    """Tells `place` that its request was answered. After any other failure than SendError nobody knows whether, or
    when, it comes to the provider. `as_a_whole`: only where no single request has used the place."""
    began = time.monotonic()
    try:
        yield
    except SendError:
        if not (as_a_whole and place.used):
            place.answered(False, time.monotonic() - began)
        raise
    if not (as_a_whole and place.used):
        place.answered(True, time.monotonic() - began)
