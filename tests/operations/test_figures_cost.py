"""What the database is asked for the figures, however often somebody looks at them."""

from __future__ import annotations

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


@pytest.mark.parametrize(("takes", "rests"), [(0.01, 5.0), (0.1, 5.0), (0.25, 12.5), (2.0, 100.0)])
async def test_who_takes_long_is_asked_more_seldom(takes: float, rests: float, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(takes)
    monkeypatch.setattr(metrics, "monotonic", slow.monotonic)
    monkeypatch.setattr(metrics, "gauges", slow.gauges)
    conductor = SimpleNamespace(clock=FrozenClock(), database=None, settings=Settings(), model="m")
    latest = metrics.Latest()
    asked = []
    for wait in (0.0, rests - 0.01, 0.02):
        slow.now += wait
        await latest.of(conductor)
        asked.append(slow.asked)
    assert asked == [1, 1, 2]
