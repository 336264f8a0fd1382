"""`kill -9` of servers, workers, Redis and PostgreSQL at random moments, while many customers answer a survey at once.

Counted in the end, from the provider's side and from the database: what was acknowledged is stored once, every answer
is stored once, every reply is delivered, and a customer gets a message twice only where nobody could know.

In CI a few customers; by hand `make faults` (FAULTS_CUSTOMERS, FAULTS_KILLS, FAULTS_SEED).
"""

from __future__ import annotations

import os
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.conversation import delivery
from tests.faults.crowd import CUSTOMERS, SECONDS, SEED, finish, impatient, installed, reach, started, surveys  # noqa: F401
from tests.faults.provider import Manners

KILLS = int(os.environ.get("FAULTS_KILLS", "0"))
"""0: one of each kind."""

MANNERS = {
    "knows our keys": Manners(remembers=True, busy=0.03, broken=0.02, slow=0.03),
    "reports": Manners(reports=True, busy=0.03, broken=0.02, slow=0.03),
    "does neither": Manners(busy=0.03, broken=0.02, slow=0.03),
}
IN_CI = [("embedded", "does neither"), ("grown", "does neither")]
BY_HAND = [("embedded", "knows our keys"), ("grown", "knows our keys"), ("grown", "reports")]


@pytest.mark.usefixtures("impatient")
@pytest.mark.timeout(int(SECONDS * 2 + KILLS * 20 + 120))
@pytest.mark.parametrize(("name", "manners"), [*IN_CI, *(BY_HAND if CUSTOMERS > 20 else [])])
def test_nothing_is_lost_and_nothing_happens_twice(
    name: str,
    manners: str,
    surveys: Path,  # noqa: F811
    rasa_agent: Any,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if MANNERS[manners].reports:  # it delivers its reports when a server is there, which may take a while
        monkeypatch.setattr(delivery, "SETTLE_SECONDS", 30.0)
    chance = random.Random(SEED)
    with installed(name, MANNERS[manners], rasa_agent, surveys, request) as here:
        crowd, killed = started(here), Counter[str]()
        kills = KILLS or (3 if name == "embedded" else 4)
        for number, share in enumerate(sorted(chance.uniform(0.05, 0.9) for _ in range(kills))):
            reach(here, crowd, share)
            kind = here.mortal[number % len(here.mortal)]
            here.kill(kind, chance)
            killed[kind] += 1
        account = finish(here, crowd)
        print(f"\n{name}, provider {manners}: killed {dict(killed)}; {account}")
