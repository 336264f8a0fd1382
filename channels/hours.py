"""When the team answers its telephone: "Mon-Fri 09:00-17:00, Sat 10:00-14:00". Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone, tzinfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PART = re.compile(r"([a-z]{3})(?:-([a-z]{3}))? (\d\d:\d\d)-(\d\d:\d\d)")


@dataclass(frozen=True)
class Hours:
    """`spans`: (weekday from 0 = Monday, from, to), times of day as HH:MM. No spans: always open."""

    spans: tuple[tuple[int, str, str], ...] = ()
    zone: tzinfo = timezone.utc

    def open_at(self, moment: datetime) -> bool:
        """Whether somebody answers at `moment` (with an offset)."""
        there = moment.astimezone(self.zone)
        time = f"{there:%H:%M}"
        return not self.spans or any(d == there.weekday() and start <= time < end for d, start, end in self.spans)


def read_hours(text: str, zone: tzinfo) -> Hours:
    """The hours that `text` names; blank: always. Raises ValueError with a sentence."""
    spans: list[tuple[int, str, str]] = []
    for part in filter(None, (p.strip().lower() for p in text.split(","))):
        match = _PART.fullmatch(part)
        first, last = (match[1], match[2] or match[1]) if match else ("", "")
        if match is None or first not in DAYS or last not in DAYS or not "00:00" <= match[3] < match[4] <= "24:00":
            raise ValueError(f'"{part}" is not understood. Write it like "Mon-Fri 09:00-17:00, Sat 10:00-14:00".')
        start, end = DAYS.index(first), DAYS.index(last)
        days = range(start, end + 1) if start <= end else (*range(start, 7), *range(end + 1))
        spans += [(day, match[3], match[4]) for day in days]
    return Hours(tuple(spans), zone)
