"""The figures of this process. Names follow Prometheus: seconds, `_total` for counters.

Labels hold channels, kinds and outcomes only, never who or what: their number is bounded by what is installed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Iterable
from types import TracebackType
from typing import TypeVar, get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

from bot.telemetry.tracing import span
from channels.contract import Retry, SendError

log = logging.getLogger(__name__)

disable_created_metrics()  # type: ignore[no-untyped-call]  # half of the page: when each series began
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_SLOW = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

TURNS = Histogram(
    "conductor_turn_seconds",
    "From taking a message up to its commit, by the channel and what it was (message, call, invite, timeout …).",
    ["channel", "kind"],
    buckets=_FAST,
    registry=REGISTRY,
)
FAILURES = Counter(
    "conductor_turn_failures",
    "Turns that failed: rasa (handed to a person), retry (tried again), parked (set aside), outage (the database's).",
    ["outcome"],
    registry=REGISTRY,
)
UNDERSTANDING = Histogram(
    "conductor_nlu_seconds", "Reading one free text (intent, FAQ entry).", buckets=_FAST, registry=REGISTRY
)
SENDING = Histogram(
    "conductor_send_seconds", "One attempt to hand a letter to its provider.", ["channel"], buckets=_SLOW,
    registry=REGISTRY,
)  # fmt: skip
SENDS = Counter(
    "conductor_sends",
    "Attempts to send by outcome: sent, later, never, withhold, channel_dead, unknown.",
    ["channel", "outcome"],
    registry=REGISTRY,
)
RETRIES = Counter("conductor_send_retries", "Attempts that were not a letter's first.", ["channel"], registry=REGISTRY)

for _outcome in ("rasa", "retry", "parked", "outage"):
    FAILURES.labels(_outcome)  # there from the start, so that the first one is seen as an increase

OUTCOMES = ("sent", *get_args(Retry), "unknown")
"""Of an attempt to send."""


def expect(channels: Iterable[str]) -> None:
    """Letters will go out by these `channels` (names of providers): their series begin at 0. One that began with its
    first failure would show Prometheus no increase, and nobody would be woken."""
    for channel in channels:
        RETRIES.labels(channel)
        SENDING.labels(channel)
        for outcome in OUTCOMES:
            SENDS.labels(channel, outcome)


Result = TypeVar("Result")


class timed_understanding:
    """``with timed_understanding():`` around the NLU."""

    __slots__ = ("_span", "_started")

    def __enter__(self) -> None:
        self._span = span("nlu")
        self._span.__enter__()
        self._started = time.perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        UNDERSTANDING.observe(time.perf_counter() - self._started)
        self._span.__exit__(kind, error, trace)


async def sending(channel: str, conversation: int, attempts: int, send: Awaitable[Result]) -> Result:
    """Await `send`, an attempt to hand a letter over, and count how it went. `attempts`: before this one."""
    started, outcome = time.perf_counter(), "unknown"
    if attempts:
        RETRIES.labels(channel).inc()
    try:
        with span("send", conversation=conversation, after=("conversation", conversation), channel=channel):
            result = await send
        outcome = "sent"
        return result
    except SendError as error:
        outcome = error.retry
        raise
    finally:
        took = time.perf_counter() - started
        SENDING.labels(channel).observe(took)
        SENDS.labels(channel, outcome).inc()
        log.debug("A letter of conversation %s: %s by %s in %.1f ms.", conversation, outcome, channel, took * 1000)
