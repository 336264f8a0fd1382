"""What the database is asked for the figures, however often somebody looks at them."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from bot.console.operations import metrics
from bot.settings import Settings
from bot.storage.gauges import Gauges
from tests.doubles import FrozenClock


class Slow:
    """A database that takes `seconds` to count, and the clock by which it does."""

    def __init__(self, seconds: float) -> None:
        self.now, self.seconds, self.asked = 100.0, seconds, 0

    def monotonic(self) -> float:
        return self.now

    async def gauges(self, *_: Any) -> Gauges:
        self.now, self.asked = self.now + self.seconds, self.asked + 1
        return Gauges()


@pytest.fixture
def conductor() -> SimpleNamespace:
    return SimpleNamespace(clock=FrozenClock(), database=None, settings=Settings(), model="m")


@pytest.mark.parametrize(("takes", "rests"), [(0.01, 5.0), (0.1, 5.0), (0.25, 12.5), (0.6, 30.0), (2.0, 30.0)])
async def test_who_takes_long_is_asked_more_seldom(
    takes: float, rests: float, conductor: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(takes)
    monkeypatch.setattr(metrics, "monotonic", slow.monotonic)
    monkeypatch.setattr(metrics, "gauges", slow.gauges)
    latest = metrics.Latest()
    asked = []
    for wait in (0.0, rests - 0.01, 0.02):
        slow.now += wait
        await latest.of(conductor)
        asked.append(slow.asked)
    assert asked == [1, 1, 2]


async def test_a_database_that_is_back_counts_as_back_at_the_next_look(
    conductor: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its last answer did not come in time; a page for that is over when it is."""
    slow = Slow(metrics.PATIENCE_SECONDS)

    async def too_late(*given: Any) -> Gauges:
        await slow.gauges(*given)
        raise asyncio.TimeoutError

    monkeypatch.setattr(metrics, "monotonic", slow.monotonic)
    monkeypatch.setattr(metrics, "gauges", too_late)
    latest = metrics.Latest()
    assert (await latest.of(conductor)).stored is None
    monkeypatch.setattr(metrics, "gauges", Slow(0.01).gauges)
    slow.now += metrics.FRESH_SECONDS - 0.01
    assert (await latest.of(conductor)).stored is None
    slow.now += 0.02
    assert (await latest.of(conductor)).stored is not None
