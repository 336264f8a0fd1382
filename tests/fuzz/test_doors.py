"""What `make fuzz` has kept in `corpus/`, and a few damaged inputs more, at every door; the same each time."""

from __future__ import annotations

import random

import pytest

from tests.fuzz import answers, pages
from tests.fuzz.doors import DOORS, knock
from tests.fuzz.mutate import damaged
from tests.fuzz.seeds import seeds

MANY, FEW = 300, 40
SLOW = ("survey", "wish", "language", "answer", *answers.DOORS, *pages.DOORS)
"""A thousandth of a second or more an input."""


@pytest.mark.xdist_group("fuzz")
@pytest.mark.parametrize("door", DOORS)
def test_nothing_but_our_own_refusals_comes_out(door: str) -> None:
    chance, known = random.Random(door), seeds(door)
    assert known
    for data in known:
        knock(door, data)
    for _ in range(FEW if door in SLOW else MANY):
        knock(door, damaged(chance.choice(known), chance))
