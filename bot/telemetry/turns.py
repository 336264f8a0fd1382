"""A turn as those who watch see it: how long it took, its trace, and the conversation's id beside each line of the
log."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from types import TracebackType

from bot.telemetry.figures import TURNS
from bot.telemetry.tracing import span

log = logging.getLogger(__name__)

CONVERSATION: ContextVar[int | None] = ContextVar("conversation", default=None)
"""Whose turn it is: for the log. A number of our own, never an address."""


@contextmanager
def about(conversation: int | None) -> Iterator[None]:
    """Lines of the log inside this block are about `conversation`; None: about none that is known."""
    token = CONVERSATION.set(conversation)
    try:
        yield
    finally:
        CONVERSATION.reset(token)


class turn:
    """``with turn(…):`` around everything that is done for one message, from its start to its commit."""

    __slots__ = ("_channel", "_kind", "_span", "_started", "_token")

    _token: Token[int | None]

    def __init__(self, conversation: int, channel: str, kind: str, message: int) -> None:
        self._channel, self._kind = channel, kind
        self._span = span(
            "turn",
            conversation=conversation,
            after=("message", message),
            before=("conversation", conversation),
            channel=channel,
            kind=kind,
        )
        self._token = CONVERSATION.set(conversation)
        self._started = time.perf_counter()

    def __enter__(self) -> None:
        self._span.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        took = time.perf_counter() - self._started
        TURNS.labels(self._channel, self._kind).observe(took)
        log.debug("A turn (%s, %s) took %.1f ms.", self._channel, self._kind, took * 1000)
        self._span.__exit__(kind, error, trace)
        CONVERSATION.reset(self._token)
