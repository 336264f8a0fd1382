"""The project's model, loaded once in the parent; each life of the server is a fork of it, so a life costs
milliseconds. And what a failure needs to be repeated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.crowd import AGAIN
from tests.journeys.conftest import rasa_agent  # noqa: F401


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A failure says with which seed it happened."""
    outcome: Any = yield
    report: pytest.TestReport = outcome.get_result()
    if report.failed and "impatient" in getattr(item, "fixturenames", ()):
        report.sections.append(("Repeat", AGAIN))
