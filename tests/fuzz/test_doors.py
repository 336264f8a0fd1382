"""A few hundred damaged inputs at every door, the same each time; `python -m tests.fuzz` goes on from there.

What found something once is kept in `corpus/`, and is tried here for ever."""

from __future__ import annotations

import random

import pytest

from tests.fuzz.doors import DOORS, knock
from tests.fuzz.mutate import damaged
from tests.fuzz.seeds import seeds


@pytest.mark.parametrize("door", DOORS)
def test_nothing_but_our_own_refusals_comes_out(door: str) -> None:
    chance, known = random.Random(door), seeds(door)
    assert known
    for data in known:
        knock(door, data)
    for _ in range(60 if door == "survey" else 300):
        knock(door, damaged(chance.choice(known), chance))
