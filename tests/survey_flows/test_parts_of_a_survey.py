"""The engine: tell me more, forms, loops, random order, splits and quotas."""

from __future__ import annotations

import pytest

from survey_flows import engine
from survey_flows.effects import (
    Ended,
    QuotaCounted,
    Recorded,
    Say,
)
from survey_flows.inputs import Picked
from survey_flows.reading import control, value
from tests.survey_flows.support import survey, talk


def test_tell_me_more_is_asked_once_and_joined() -> None:
    t = talk("questions: [{id: a, type: text, text: A, tell_more: 'More about it?'}, {id: b, type: text, text: B}]")
    assert t.send(value("too late")).asked == "More about it?"
    assert t.recorded == {"a": "too late"}
    t.send(value("by a week"))
    assert t.recorded == {"a": "too late\nby a week"}
    assert t.asked == "B"
    assert t.send(control("back")).send(value("late")).asked == "B"


def test_more_that_comes_from_a_form_is_joined_too() -> None:
    t = talk("questions: [{id: a, type: text, text: A, tell_more: M}, {id: b, type: text, text: B}]")
    t.send(Picked("a", "too late"))
    assert t.asked == "M"
    t.send(Picked("a", "by a week"))
    assert (t.recorded, t.asked) == ({"a": "too late\nby a week"}, "B")


@pytest.mark.parametrize(
    ("picked", "objection"),
    [
        (Picked("a", ["x", "y"]), ""),
        (Picked("a", ["x", "y", "z"]), "Please choose 2 at most. Which?"),
        (Picked("a", []), "Which?"),
        (Picked("gone", ["x", "y", "z"]), ""),
    ],
)
def test_a_form_can_ask_first_whether_its_answer_will_do(picked: Picked, objection: str) -> None:
    options = ", ".join(f"{{key: {k}, label: {k}}}" for k in "xyz")
    t = talk(f"questions: [{{id: a, type: multi_choice, text: 'Which?', at_most: 2, options: [{options}]}}]")
    said = engine.objection(t.survey, t.session, picked)
    assert said.endswith(objection)
    assert bool(said) == bool(objection)


def test_tell_me_more_can_be_left_out() -> None:
    t = talk("questions: [{id: a, type: text, text: A, tell_more: M}, {id: b, type: text, text: B}]").send(value("bad"))
    assert t.send(control("skip")).asked == "B"
    assert t.session.answers["a"].value == "bad"


LOOP = """
questions:
  - id: liked
    type: multi_choice
    text: L
    options: [{key: a, label: Speed}, {key: b, label: Price}, {key: none, label: None, exclusive: true}]
  - loop: topic
    over: liked
    questions: [{id: rate, type: csat, text: "How was {option}?"}]
"""


def test_a_loop_asks_for_each_chosen_option() -> None:
    t = talk(LOOP).send(value(["b", "a"]))
    assert t.recorded == {"liked": ["a", "b"]}
    assert t.asked == "How was Speed?"
    assert t.send("4").asked == "How was Price?"
    assert [e.node for e in t.send("5").effects if isinstance(e, Recorded)] == ["topic.b.rate"]
    assert talk(LOOP).send(value(["none"])).ended == Ended("completed", "done")


SHUFFLED = """
questions:
  - group: g
    shuffle: true
    questions: [{id: a, type: nps, text: A}, {id: b, type: nps, text: B}, {id: c, type: nps, text: C}]
  - id: d
    type: choice
    shuffle: true
    text: D
    options: [{key: x, label: X}, {key: y, label: Y}, {key: z, label: Z}, {key: n, label: N, exclusive: true}]
"""


def test_random_order_comes_from_the_seed_alone() -> None:
    def order(seed: int) -> tuple[str, ...]:
        t = talk(SHUFFLED, seed=seed)
        while t.session.current != "d":
            t.send("5")
        return engine.path(t.survey, t.session)

    orders = {order(seed) for seed in range(30)}
    assert len(orders) == 6
    assert all(set(path) == {"a", "b", "c", "d"} and path[-1] == "d" for path in orders)
    assert order(3) == order(3)


def test_shuffled_options_are_read_as_they_are_shown_and_exclusive_ones_stay_last() -> None:
    for seed in range(5):
        t = talk(SHUFFLED, seed=seed).send("1").send("1").send("1")
        shown = [choice.value for choice in t.effects[-1].prompt.choices]
        assert shown[-1] == "n"
        assert t.send("2").recorded == {"d": shown[1]}


def test_splits_follow_their_weights() -> None:
    body = "splits: {tone: {warm: 1, plain: 3}}\nquestions: [{id: a, type: nps, when: split.tone == warm, text: W}, {id: b, type: nps, text: P}]"  # noqa: E501
    loaded = survey(body)
    warm = sum(talk(loaded, seed=seed).asked == "W" for seed in range(400))
    assert 70 <= warm <= 130


QUOTA = """
attributes: {tier: {}}
quotas: [{name: gold, when: contact.tier == gold, limit: 2, then: full}]
questions: [{id: a, type: nps, text: A}]
endings: {done: {text: Bye.}, full: {text: Full., status: quota_full}}
review: {url: "https://example.com/r", text: "Tell others: {url}"}
"""


def test_a_full_quota_ends_at_once_and_an_open_one_is_counted() -> None:
    gold = {"tier": "gold"}
    assert talk(QUOTA, attributes=gold, quotas={"gold": 2}).effects == (
        Say("Full.", "ending"),
        Ended("quota_full", "full"),
    )
    t = talk(QUOTA, attributes=gold, quotas={"gold": 1}).send("1")
    assert t.effects[-1:] == (Ended("completed", "done"),)
    assert QuotaCounted("gold") in t.effects
    assert QuotaCounted("gold") not in talk(QUOTA).send("1").effects


@pytest.mark.parametrize("score", ["0", "10"])
def test_everyone_who_completes_is_invited_to_review(score: str) -> None:
    assert Say("Tell others: https://example.com/r", "review") in talk(QUOTA).send(score).effects
