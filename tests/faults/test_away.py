"""PostgreSQL or Redis away for a while, a database that is locked, a provider that answers 429, 500 and nothing, while
many customers answer a survey at once. Counted as in `test_killed_at_random.py`.

In CI a few customers and seconds; by hand `make faults` (FAULTS_CUSTOMERS, FAULTS_AWAY, FAULTS_SEED)."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from tests.faults.crowd import CUSTOMERS, SECONDS, Customers, finish, impatient, installed, reach, started, surveys  # noqa: F401
from tests.faults.installation import Installation
from tests.faults.provider import Manners

AWAY = float(os.environ.get("FAULTS_AWAY", "2"))
"""Seconds."""
MANNERS = {
    "delivers again": Manners(remembers=True),
    "delivers once": Manners(remembers=True, once=True),
    "often fails": Manners(busy=0.2, broken=0.15, slow=0.05),
}

GOES_ON = [("redis", "delivers again"), ("postgres", "delivers once")]
"""What is acknowledged while it is away: without Redis everything, without PostgreSQL what goes to disk."""

IN_CI = [
    ("grown", "postgres", "delivers once"),
    ("grown", "redis", "delivers again"),
    ("embedded", "nothing", "often fails"),
]
BY_HAND = [
    ("grown", "postgres", "delivers again"),
    ("embedded", "lock", "delivers again"),
    ("embedded", "lock", "delivers once"),
    ("grown", "nothing", "often fails"),
]


@pytest.mark.usefixtures("impatient")
@pytest.mark.timeout(int(SECONDS * 2 + AWAY + 120))
@pytest.mark.parametrize(("name", "what", "manners"), [*IN_CI, *(BY_HAND if CUSTOMERS > 20 else [])])
def test_nothing_is_lost_meanwhile(
    name: str,
    what: str,
    manners: str,
    surveys: Path,  # noqa: F811
    rasa_agent: Any,
    request: pytest.FixtureRequest,
) -> None:
    with installed(name, MANNERS[manners], rasa_agent, surveys, request) as here:
        crowd = started(here)
        reach(here, crowd, 0.3)
        before = len(here.provider.acknowledged)
        if what == "lock":
            locked(here)
        elif what != "nothing":
            before = away(here, crowd, what, goes_on=(what, manners) in GOES_ON)
        meanwhile = len(here.provider.acknowledged) - before
        account = finish(here, crowd)
        how = f"{what} away for {AWAY:.0f} s, {meanwhile} answers acknowledged meanwhile" if what != "nothing" else ""
        print(f"\n{name}, provider {manners}: {how}; {account}")


def away(here: Installation, crowd: Customers, what: str, goes_on: bool) -> int:
    """Somebody has an answer ready when it goes, and gives it when it is gone. Returns how many answers were taken in
    before. `goes_on`: it is taken in meanwhile, by a server that degrades and does not stop."""
    crowd.speaking.clear()
    assert here.wait(lambda: crowd.asked > 0 and not crowd.saying, SECONDS), "nobody is asked anything"
    before = len(here.provider.acknowledged)

    def heard() -> bool:
        crowd.speaking.set()
        return not goes_on or len(here.provider.acknowledged) > before

    assert here.away(what, AWAY, heard), f"while {what} was away nothing was taken in"
    return before


def locked(here: Installation) -> None:
    """Somebody else writes to the SQLite file, and does not stop."""
    file = here.backend.database_url.removeprefix("sqlite+aiosqlite:///")
    other = sqlite3.connect(file, isolation_level=None, timeout=60)
    other.execute("BEGIN IMMEDIATE")
    end = time.monotonic() + AWAY
    here.wait(lambda: time.monotonic() > end, AWAY + 1)
    other.execute("ROLLBACK")
    other.close()
