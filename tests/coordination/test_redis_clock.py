"""What is known of Redis' clock is never wrong, and as sharp as the quickest question."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.coordination.redis_clock import DRIFT, RedisClock

TINY = 1e-6


@dataclass(frozen=True)
class Question:
    """Seconds since the last one, until Redis has it, and until its answer is here."""

    pause: float
    out: float
    back: float


QUESTIONS = st.lists(st.builds(Question, st.floats(0, 60), st.floats(0, 2), st.floats(0, 2)), min_size=1, max_size=30)


@given(st.floats(-1e6, 1e6), st.floats(-DRIFT, DRIFT), QUESTIONS)
def test_no_moment_is_named_too_early(apart: float, drift: float, questions: list[Question]) -> None:
    """However long questions take, and while the clocks drift apart: what would be too early is sent too early."""
    clock, now = RedisClock(), 1000.0

    def theirs(ours: float) -> float:
        return ours + apart + drift * (ours - 1000.0)

    for one in questions:
        left = now + one.pause
        now = left + one.out + one.back
        clock.saw(left, theirs(left + one.out), now)
        assert clock.theirs_at_latest(now, now) >= theirs(now) - TINY
        assert clock.ours_at_latest(theirs(now), now) >= now - TINY


def test_the_quickest_question_decides() -> None:
    clock = RedisClock()
    clock.saw(10.0, 510.001, 10.002)
    clock.saw(10.002, 510.9, 11.0)  # a busy moment: somewhere between 499.9 and 500.898
    assert clock.ours_at_latest(520.0, 11.0) == pytest.approx(20.001, abs=1.1 * DRIFT)
    assert clock.theirs_at_latest(20.0, 11.0) == pytest.approx(520.001, abs=1.1 * DRIFT)


@pytest.mark.parametrize("jump", [-3600.0, -0.1, 0.1, 3600.0])
def test_a_clock_that_was_set_is_believed_anew(jump: float) -> None:
    clock = RedisClock()
    clock.saw(10.0, 510.001, 10.002)
    clock.saw(10.5, 510.501 + jump, 10.502)
    assert clock.ours_at_latest(600.0 + jump, 10.502) == pytest.approx(100.001, abs=1e-5)
    assert clock.theirs_at_latest(100.0, 10.502) == pytest.approx(600.001 + jump, abs=1e-5)
