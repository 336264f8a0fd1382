"""What came in, read off the channels' own counters when somebody asks: a delivery pays nothing for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from channels.receive import seams

MESSAGES = ("accepted", "duplicate")
STATUSES = {"status": "known", "status_of_unknown": "unknown"}
IGNORED = "ignored_"
MOST = 40
"""Kinds of ignored updates told apart for each channel; what comes on top is "other"."""


class Webhooks(Collector):
    """Deliveries by outcome, messages in, delivery reports and ignored kinds of updates, each by channel."""

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        told = "By outcome: ok, ignored, objected, refused (signature), malformed, too_large, unavailable."
        deliveries = CounterMetricFamily("conductor_webhooks", told, labels=["channel", "outcome"])
        messages = CounterMetricFamily(
            "conductor_messages_received", "Messages by outcome: accepted, duplicate.", labels=["channel", "outcome"]
        )
        reports = CounterMetricFamily(
            "conductor_delivery_reports", "What providers say of our messages.", labels=["channel", "message"]
        )
        ignored = CounterMetricFamily(
            "conductor_ignored_updates", "Updates that hold no message of a customer's.", labels=["channel", "kind"]
        )
        for channel, counted in _by_channel().items():
            kinds: Counter[str] = Counter()
            for outcome, number in sorted(counted.items()):
                if outcome in MESSAGES:
                    messages.add_metric([channel, outcome], number)
                elif outcome in STATUSES:
                    reports.add_metric([channel, STATUSES[outcome]], number)
                elif outcome.startswith(IGNORED):
                    kind = outcome[len(IGNORED) :]
                    kinds[kind if len(kinds) < MOST or kind in kinds else "other"] += number
                else:
                    deliveries.add_metric([channel, outcome], number)
            for kind, number in kinds.items():
                ignored.add_metric([channel, kind], number)
        return chain([deliveries, messages, reports, ignored])


def _by_channel() -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for seam in seams():
        found.setdefault(seam.provider, Counter()).update(seam.counters)
    return found
