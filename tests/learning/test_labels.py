"""Labels are given where cross-validation says they would be right, and otherwise not at all."""

from __future__ import annotations

import random

import pytest

from bot.learning.labels import NEVER, Example, LabelModel, train

LATE = ["delivery late", "came too late", "late again", "delivery took weeks", "late delivery", "very late parcel"]
RUDE = ["staff rude", "rude on the phone", "so rude", "rude agent", "the agent was rude", "rude rude staff"]
PLAIN = ["fine", "all good", "nothing", "thanks", "no comment", "everything fine"]


def examples(times: int = 1) -> list[Example]:
    found = [Example(text, frozenset({"late"}), "en", public=True) for text in LATE * times]
    found += [Example(text, frozenset({"rude"}), "en", public=True) for text in RUDE * times]
    return [*found, *(Example(text, frozenset(), "en", public=True) for text in PLAIN * times)]


@pytest.fixture(scope="module")
def model() -> LabelModel:
    return train(examples(), ("late", "rude"))


GIVEN = [
    ("the parcel was late", {"late"}),
    ("rude agent, late delivery", {"late", "rude"}),
    ("all good", set()),
    ("qwrtz", set()),
    ("", set()),
]


@pytest.mark.parametrize(("text", "labels"), GIVEN)
def test_several_labels_one_or_none(model: LabelModel, text: str, labels: set[str]) -> None:
    assert {label for label, _ in model.give(text)} == labels


def test_confidence_begins_at_a_half_and_the_surest_is_first(model: LabelModel) -> None:
    given = [confidence for _, confidence in model.give("rude rude staff, late")]
    assert given == sorted(given, reverse=True)
    assert all(0.5 <= confidence <= 1 for confidence in given)


def test_what_was_saved_gives_the_same(model: LabelModel) -> None:
    again = LabelModel.loads(model.dumps())
    assert (again.learnt, again.languages, again.labels) == (model.learnt, model.languages, model.labels)
    assert again.give("late and rude") == model.give("late and rude")


def test_labels_at_random_are_not_learnt() -> None:
    dice = random.Random(3)
    noise = [
        Example(f"{dice.choice('abc')} {dice.choice('xyz')} {i % 9}", frozenset(dice.choice([["a"], []])))
        for i in range(60)
    ]
    assert train(noise, ("a",)).learnt["a"].cutoff == NEVER


def test_what_a_cut_off_promises_held_for_texts_that_were_not_seen(model: LabelModel) -> None:
    for learnt in model.learnt.values():
        assert learnt.is_learnt
        assert learnt.precision is not None
        assert learnt.precision >= 0.8
    assert model.languages["en"].n == 18


def test_a_label_with_one_example_is_never_given() -> None:
    model = train([*examples(), Example("purple cow", frozenset({"cow"}), public=True)], ("late", "rude", "cow"))
    assert not model.learnt["cow"].is_learnt
    assert "cow" not in dict(model.give("purple cow"))


def test_nobodys_own_words_stay_in_the_model() -> None:
    spoken = [*examples(), Example("late, call me on 5550199 Zebediah", frozenset({"late"}), "en", 3.0)]
    kept = train(spoken, ("late", "rude")).vectoriser.columns
    assert "=late" in kept
    assert not [gram for gram in kept if "zebed" in gram or "5550" in gram]


def test_without_examples_there_is_no_model() -> None:
    with pytest.raises(ValueError, match="no examples"):
        train([], ("late",))


def test_a_text_of_which_nothing_is_known_is_on_neither_side() -> None:
    """Two sides that are equally frequent: without evidence either has a probability of one half."""
    sides = [Example(text, frozenset({"late"})) for text in LATE * 2] + [
        Example(t, frozenset({"rude"})) for t in RUDE * 2
    ]
    model = train(sides, ("late", "rude"))
    assert model.give("zwölf Boxkämpfer jagen") == []
    assert [label for label, _ in model.give("so rude")] == ["rude"]
