"""Unanswered questions: masked and grouped."""

from __future__ import annotations

import pytest

from bot.cli.faq_gaps import groups
from bot.faq.masking import masked


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("call me on +49 170 1234567", "call me on #"),
        ("write to ada@x.example please", "write to <e-mail> please"),
        ("this is Ada Lovelace, any news of order 48213?", "this is <name>, any news of order #?"),
        ("does Ada get points", "does <name> get points"),
        ("adage", "adage"),
    ],
)
def test_personal_data_are_masked(text: str, said: str) -> None:
    assert masked(text, "Ada Lovelace") == said


def test_like_questions_are_one_group_and_languages_stay_apart() -> None:
    asked = [
        ("en", "do you rent vans"),
        ("en", "can you fix my bike"),
        ("en", "do you rent a van"),
        ("de", "rent vans"),
    ]
    found = groups(asked)
    assert found[0] == ("en", ["do you rent vans", "do you rent a van"])
    assert len(found) == 3
    assert groups([]) == []
