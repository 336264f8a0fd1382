"""Working time of a team: its hours, its time zone, its public holidays. Pure.

A promise of "within 4 hours" that is made on Friday at 16:00 ends on Monday: clocks run only while somebody is there.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone, tzinfo

from channels.hours import Hours

LONGEST_DAYS = 370
"""So far ahead working time is looked for: a team that is never there for a year is a mistake in its hours."""


@dataclass(frozen=True)
class WorkingTime:
    """`hours` in their own zone (no spans: around the clock); `holidays`: days on which nobody works."""

    hours: Hours = field(default_factory=Hours)
    holidays: Container[date] = ()

    def open_at(self, moment: datetime) -> bool:
        """Whether somebody is there at `moment` (with an offset)."""
        return any(start <= moment < end for start, end in self._spans(moment))

    def next_opening(self, moment: datetime) -> datetime:
        """`moment` itself while somebody is there, else when somebody comes. Raises ValueError when nobody does."""
        start, _ = next(self._ahead(moment))
        return max(start, moment)

    def after(self, moment: datetime, minutes: float) -> datetime:
        """`moment` plus so many minutes of working time, in UTC. Raises ValueError when nobody ever works."""
        left = timedelta(minutes=minutes)
        for start, end in self._ahead(moment):
            begin = max(start, moment)
            if begin + left <= end:
                return (begin + left).astimezone(timezone.utc)
            left -= end - begin
        raise AssertionError("unreachable: _ahead raises first")

    def promise(self, moment: datetime, minutes: int) -> datetime:
        """When "within so many minutes" is over: whole days are days of the calendar, as people mean them, and hours
        and minutes are working time. "1d" on a Friday ends when somebody comes on Monday."""
        days, rest = divmod(minutes, 24 * 60)
        return self.after(self.next_opening(moment + timedelta(days=days)) if days else moment, rest)

    def minutes_between(self, earlier: datetime, later: datetime) -> float:
        """Minutes of working time from `earlier` to `later`; 0 when later is not later."""
        total = timedelta()
        for start, end in self._spans(earlier, (later - earlier).days + 2):
            total += max(timedelta(), min(end, later) - max(start, earlier))
        return total / timedelta(minutes=1)

    def _ahead(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The spans that end after `moment`, the earliest first."""
        for start, end in self._spans(moment, LONGEST_DAYS):
            if end > moment:
                yield start, end
        raise ValueError(f"Nobody works within {LONGEST_DAYS} days after {moment.date()}: check hours and holidays.")

    def _spans(self, moment: datetime, days: int = 1) -> Iterator[tuple[datetime, datetime]]:
        """Spans of working time, from the day of `moment` on, as moments in UTC: across a change of clocks, too."""
        first = moment.astimezone(self.hours.zone).date()
        for day in (first + timedelta(days=n) for n in range(days)):
            if day in self.holidays:
                continue
            for start, end in self._of(day):
                yield _moment(day, start, self.hours.zone), _moment(day, end, self.hours.zone)

    def _of(self, day: date) -> list[tuple[str, str]]:
        if not self.hours.spans:
            return [("00:00", "24:00")]
        return sorted((start, end) for weekday, start, end in self.hours.spans if weekday == day.weekday())


def _moment(day: date, at: str, zone: tzinfo) -> datetime:
    if at == "24:00":
        day, at = day + timedelta(days=1), "00:00"
    return datetime.combine(day, time.fromisoformat(at), zone).astimezone(timezone.utc)
