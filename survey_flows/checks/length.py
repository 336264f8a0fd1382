"""How long the survey takes (`survey_flows/duration.py` says how that is estimated)."""

from __future__ import annotations

from collections.abc import Iterator

from survey_flows.checks.finding import Finding, Subject
from survey_flows.duration import minutes

LONG = 5.0
"""Minutes after which a survey in a chat is long: customers were promised a minute or two (our own advice)."""


def check(subject: Subject) -> Iterator[Finding]:
    time = minutes(subject.survey, subject.walk)
    what = f"The longest way takes about {time:.1f} minutes."
    if time > LONG:
        yield subject.finding("warning", 0, what, "Ask less: every question is paid for with answers.")
    else:
        yield subject.finding("info", 0, what)
