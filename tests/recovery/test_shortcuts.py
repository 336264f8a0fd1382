"""Keys of the inbox, and until when a case can be put off."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from bot.errors import ConductorError
from bot.recovery.shortcuts import DEFAULTS, chosen, must_fit
from bot.recovery.snoozing import CHOICES, snoozed_until


def test_the_usual_ones_fit() -> None:
    assert must_fit(DEFAULTS) == {}
    assert chosen({}) == dict(DEFAULTS)


def test_an_agents_own_go_before() -> None:
    assert chosen(must_fit({"claim": "a"}))["claim"] == "a"


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"fly": "f"}, "no shortcut for"),
        ({"claim": ""}, "is no shortcut"),
        ({"claim": "cc"}, "is no shortcut"),
        ({"claim": "x c"}, "is no shortcut"),
        ({"claim": "ä"}, "is no shortcut"),
        ({"claim": "j"}, "two things: next and claim"),
        ({"claim": "r", "reply": "r"}, "two things"),
        ({"claim": "g"}, "first of two keys"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(own: dict[str, str], words: str) -> None:
    with pytest.raises(ConductorError, match=words):
        must_fit(own)


def test_two_keys_may_change_places() -> None:
    assert must_fit({"claim": "r", "reply": "c"}) == {"claim": "r", "reply": "c"}


@pytest.mark.parametrize(
    ("choice", "until"),
    [
        ("in_1_hour", "2026-11-29T23:30:00.000000+00:00"),
        ("in_4_hours", "2026-11-30T02:30:00.000000+00:00"),
        ("tomorrow", "2026-11-30T09:00:00.000000+01:00"),
        ("next_monday", "2026-11-30T09:00:00.000000+01:00"),
    ],
)
def test_a_morning_is_the_teams(choice: str, until: str) -> None:
    """Sunday 23:30 in Berlin: tomorrow is Monday."""
    assert choice in CHOICES
    now = "2026-11-29T22:30:00.000000+00:00"
    assert snoozed_until(choice, now, ZoneInfo("Europe/Berlin")) == until


def test_on_a_monday_the_next_one_is_a_week_away() -> None:
    zone = ZoneInfo("Europe/Berlin")
    assert snoozed_until("next_monday", "2026-11-23T12:00:00+00:00", zone) == "2026-11-30T09:00:00.000000+01:00"
