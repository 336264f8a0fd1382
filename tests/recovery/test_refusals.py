"""What agents are told in their language: complete, and with the same facts."""

from __future__ import annotations

from string import Formatter

import pytest

from bot.recovery import refusals
from bot.recovery.refusals import Refusal

REASONS = sorted(refusals._all()["en"])


def braces(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_each_language_has_each_sentence() -> None:
    assert {language: sorted(words) for language, words in refusals._all().items()} == {"en": REASONS, "de": REASONS}


@pytest.mark.parametrize("reason", REASONS)
def test_no_language_asks_for_a_fact_that_english_does_not_have(reason: str) -> None:
    words = refusals._all()
    assert braces(words["de"][reason]) <= braces(words["en"][reason])


def test_states_are_in_words_too() -> None:
    refusal = Refusal("not_open", state="waiting_for_us")
    assert str(refusal) == "This case is waiting for us. Open it again first."
    assert refusal.say("de") == "Dieser Fall hat den Stand „wartet auf uns“. Öffnen Sie ihn zuerst wieder."


def test_a_language_without_words_has_the_english_ones() -> None:
    assert Refusal("to_yourself").say("fr") == str(Refusal("to_yourself"))
