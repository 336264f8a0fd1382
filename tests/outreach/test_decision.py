"""Who may be asked, and in which language."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.outreach.decision import Standing, language_for, waits, why_not

NOW = "2026-11-22T12:00:00.000000+00:00"
RECENTLY = "2026-11-01T12:00:00.000000+00:00"
EXACTLY_30_DAYS_AGO = "2026-10-23T12:00:00.000000+00:00"
STRANGER = Standing()


@pytest.mark.parametrize(
    ("standing", "days", "reason"),
    [
        (STRANGER, 30, ""),
        (Standing(opted_out=True), 30, "opted out"),
        (Standing(owner="human"), 30, "a person has the conversation"),
        (Standing(owner="survey", open_survey="nps"), 30, "this survey is running already in this conversation"),
        (Standing(owner="survey", open_survey="other"), 30, ""),  # it waits its turn
        (Standing(open_survey="other", last_asked_at=RECENTLY), 30, "asked on 2026-11-01, within the last 30 days"),
        (Standing(last_asked_at=RECENTLY), 30, "asked on 2026-11-01, within the last 30 days"),
        (Standing(last_asked_at=RECENTLY), 21, ""),
        (Standing(last_asked_at=EXACTLY_30_DAYS_AGO), 30, ""),
        (Standing(last_asked_at=NOW), 0, ""),
    ],
)
def test_the_reason_not_to_ask(standing: Standing, days: int, reason: str) -> None:
    assert why_not(standing, "nps", NOW, days) == reason


@pytest.mark.parametrize(("running", "expected"), [(None, False), ("nps", False), ("other", True)])
def test_an_invitation_waits_for_the_end_of_another_survey(running: str | None, expected: bool) -> None:
    assert waits(Standing(open_survey=running), "nps") is expected


@given(
    st.builds(Standing, st.just(True), st.sampled_from(["bot", "survey", "human"]), st.sampled_from([None, "nps"])),
    st.integers(0, 400),
)
def test_nothing_outweighs_an_opt_out(standing: Standing, days: int) -> None:
    assert why_not(standing, "nps", NOW, days) == "opted out"
    assert why_not(replace(standing, last_asked_at=RECENTLY), "nps", NOW, days) == "opted out"


@pytest.mark.parametrize(
    ("wanted", "known", "asked_in"),
    [
        ("de", "en", "de"),
        (None, "de", "de"),
        ("fr", "de", "de"),  # the survey has no French, but they are known to speak German
        ("fr", None, "en"),
        (None, None, "en"),
    ],
)
def test_the_language_falls_back_to_the_surveys_first(wanted: str | None, known: str | None, asked_in: str) -> None:
    survey: Any = SimpleNamespace(languages=("en", "de"), language="en")
    assert language_for(survey, wanted, known) == asked_in
