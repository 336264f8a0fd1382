"""What Redis' clock says at a moment of this process, from the questions that are asked anyway.

An answer of Redis with its time in it was written after the question left and before the answer came: so Redis' clock
minus ours lies between `theirs - came` and `theirs - left`. Each exchange narrows that down, and the quickest ones
decide (Cristian, "Probabilistic clock synchronization", 1989). Between two exchanges the clocks may drift apart, which
widens it again; an exchange that contradicts it says that a clock was set, and all before it is forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass

DRIFT = 1e-3
"""Seconds a second by which two clocks may part: twice of what a clock that is being corrected gains (500 ppm, NTP)."""


@dataclass
class RedisClock:
    """All times are in seconds: ours of one clock that never goes back, theirs of Redis."""

    least: float = float("-inf")
    most: float = float("inf")
    """Bounds of Redis' clock minus ours, as of `since`."""
    since: float = 0.0

    def saw(self, left: float, theirs: float, came: float) -> None:
        """Redis' clock said `theirs` at some moment between `left` and `came`."""
        here = theirs - came, theirs - left + DRIFT * (came - left)
        known = self._bounds(came)
        least, most = max(known[0], here[0]), min(known[1], here[1])
        self.least, self.most = (least, most) if least <= most else here
        self.since = came

    def ours_at_latest(self, theirs: float, now: float) -> float:
        """When Redis' clock says `theirs`, ours says this, or less."""
        return theirs - self._bounds(now)[0]

    def theirs_at_latest(self, ours: float, now: float) -> float:
        """When our clock says `ours`, Redis' says this, or less."""
        return ours + self._bounds(now)[1]

    def _bounds(self, now: float) -> tuple[float, float]:
        parted = DRIFT * max(0.0, now - self.since)
        return self.least - parted, self.most + parted
