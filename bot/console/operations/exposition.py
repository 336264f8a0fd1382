"""The gauges of `/metrics`: what the database, Redis and the model say at the moment of looking."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.storage.gauges import Gauges
from bot.telemetry.redis_look import RedisHealth


@dataclass(frozen=True)
class Snapshot:
    """How the installation stands at `now` (ISO 8601). `stored` None: the database did not answer. `redis` None: there
    is none."""

    now: str
    model: str
    stored: Gauges | None
    redis: RedisHealth | None

    def age(self, since: str | None) -> float:
        """Seconds since then; 0 for nothing or for what is still to come."""
        if since is None:
            return 0.0
        return max(0.0, (datetime.fromisoformat(self.now) - datetime.fromisoformat(since)).total_seconds())


class Gauging(Collector):
    def __init__(self, snapshot: Snapshot) -> None:
        self._at = snapshot

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        at = self._at
        model = GaugeMetricFamily("conductor_model_info", "The Rasa model in use.", labels=["model"])
        model.add_metric([at.model], 1)
        yield model
        yield GaugeMetricFamily("conductor_database_up", "1: the database answers.", float(at.stored is not None))
        if at.redis is not None:
            yield GaugeMetricFamily(
                "conductor_redis_up", "1: Redis answers and takes writes.", float(at.redis.reachable)
            )
            yield GaugeMetricFamily("conductor_workers", "Worker processes alive.", at.redis.workers)
        if at.stored is not None:
            yield from self._inbox(at.stored)
            yield from self._outbox(at.stored)
            yield from self._cases(at.stored)

    def _inbox(self, stored: Gauges) -> Iterator[Metric]:
        yield GaugeMetricFamily("conductor_inbox_messages", "Messages no turn has handled yet.", stored.inbox.count)
        told = "For how long the oldest of them waits."
        yield GaugeMetricFamily("conductor_inbox_oldest_seconds", told, self._at.age(stored.inbox.since))
        parked = GaugeMetricFamily(
            "conductor_parked_messages", "Set aside after five failures; a person has to look.", labels=["channel"]
        )
        for channel, count in stored.parked.items():
            parked.add_metric([channel], count)
        yield parked

    def _outbox(self, stored: Gauges) -> Iterator[Metric]:
        letters = GaugeMetricFamily(
            "conductor_outbox_letters", "Letters not settled: queued, sending, unknown.", labels=["channel", "state"]
        )
        for (channel, state), count in stored.letters.items():
            letters.add_metric([channel, state], count)
        yield letters
        oldest = GaugeMetricFamily(
            "conductor_outbox_oldest_seconds",
            "For how long the oldest letter is overdue, or refused by its provider.",
            labels=["channel"],
        )
        for channel in {channel for channel, _ in stored.letters}:
            oldest.add_metric([channel], self._at.age(stored.due.get(channel)))
        yield oldest
        told = "Letters given up for good (failed, undelivered) whose last attempt was in the last hour."
        failed = GaugeMetricFamily("conductor_outbox_failed_letters", told, labels=["channel"])
        for channel, count in stored.failed.items():
            failed.add_metric([channel], count)
        yield failed

    def _cases(self, stored: Gauges) -> Iterator[Metric]:
        for name, told in (
            ("open", "Cases that need somebody."),
            ("at_risk", "Open cases whose time runs out soon."),
            ("missed", "Open cases that were not answered, or not solved, in time."),
        ):
            yield GaugeMetricFamily(f"conductor_cases_{name}", told, stored.cases.get(name, 0))
        told = "How late the oldest clock of a case is that should have struck."
        yield GaugeMetricFamily("conductor_clocks_late_seconds", told, self._at.age(stored.clock))
        untold = GaugeMetricFamily(
            "conductor_notifications", "Notifications to teams not sent: queued, unknown, failed.",
            labels=["way", "state"],
        )  # fmt: skip
        for (way, state), count in stored.untold.items():
            untold.add_metric([way, state], count)
        yield untold
