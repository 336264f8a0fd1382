"""Clocks of a case run only while somebody is there."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.recovery.working_time import WorkingTime
from channels.hours import read_hours

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = WorkingTime(read_hours("Mon-Fri 09:00-17:00", BERLIN), {date(2026, 12, 25)})
LUNCH = WorkingTime(read_hours("Mon-Fri 09:00-12:00, Mon-Fri 13:00-17:00", BERLIN))
ALWAYS = WorkingTime()


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("work", "begin", "minutes", "end"),
    [
        (OFFICE, "2026-11-23T10:00", 60, "2026-11-23T11:00"),
        (OFFICE, "2026-11-23T16:30", 60, "2026-11-24T09:30"),  # over night
        (OFFICE, "2026-11-27T16:00", 240, "2026-11-30T12:00"),  # over a weekend
        (OFFICE, "2026-11-28T12:00", 30, "2026-11-30T09:30"),  # begun on a Saturday
        (OFFICE, "2026-12-24T16:00", 120, "2026-12-28T10:00"),  # Christmas, then a weekend
        (OFFICE, "2026-11-23T06:00", 0, "2026-11-23T09:00"),  # at once is when somebody comes
        (LUNCH, "2026-11-23T11:30", 60, "2026-11-23T13:30"),
        (OFFICE, "2026-03-27T16:00", 120, "2026-03-30T10:00"),  # over the change to summer time
        (ALWAYS, "2026-10-25T01:00", 180, "2026-10-25T03:00"),  # the night has an hour more
    ],
)
def test_a_promise_ends_in_working_time(work: WorkingTime, begin: str, minutes: int, end: str) -> None:
    assert work.after(at(begin), minutes) == at(end).astimezone(timezone.utc)


@pytest.mark.parametrize(
    ("moment", "there"),
    [
        ("2026-11-23T09:00", True),
        ("2026-11-23T17:00", False),
        ("2026-11-22T12:00", False),
        ("2026-12-25T12:00", False),
    ],
)
def test_somebody_is_there(moment: str, there: bool) -> None:
    assert OFFICE.open_at(at(moment)) is there


def test_the_next_opening_is_now_or_when_somebody_comes() -> None:
    assert OFFICE.next_opening(at("2026-11-23T10:00")) == at("2026-11-23T10:00")
    assert OFFICE.next_opening(at("2026-11-27T18:00")) == at("2026-11-30T09:00")


def test_a_team_that_never_works_is_a_mistake_that_is_told() -> None:
    class EveryDay:
        def __contains__(self, _: object) -> bool:
            return True

    with pytest.raises(ValueError, match="check hours and holidays"):
        WorkingTime(OFFICE.hours, EveryDay()).after(at("2026-11-23T10:00"), 1)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
    st.integers(0, 5000),
    st.sampled_from([OFFICE, LUNCH, ALWAYS]),
)
def test_the_time_between_is_what_was_promised(begin: datetime, minutes: int, work: WorkingTime) -> None:
    started = begin.replace(tzinfo=timezone.utc)
    due = work.after(started, minutes)
    assert due >= started
    assert abs(work.minutes_between(started, due) - minutes) < 1e-6
    assert work.after(started, minutes + 1) - due >= timedelta(minutes=1)
