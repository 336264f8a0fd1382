"""What holds for any valid survey and any customer (Hypothesis)."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from survey_flows import engine, serialise
from survey_flows.effects import Ask, Ended, Recorded, Withdrawn
from survey_flows.inputs import AskAgain, Expire, Input, Picked, Said, SetLanguage, TimedOut
from survey_flows.loader import load_survey
from survey_flows.model import Survey
from survey_flows.questions import TYPES, type_of
from survey_flows.reading import CONTROLS, NOT_AN_ANSWER, ambiguous, control, value
from survey_flows.session import Context, Session
from tests.survey_flows.support import NOW

GENTLE = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
RANDOM = st.integers(0, 1_000_000).map(random.Random)
"""Evenly random customers: Hypothesis' own choices prefer the first of everything, and so end most surveys at once."""
OPTIONS = [{"key": key, "label": key.upper()} for key in ("red", "green", "blue")] + [
    {"key": "none", "label": "None", "exclusive": True}
]
CONDITIONS = {
    "nps": ["{} <= 6", "{}.band == promoter", "answered({})"],
    "csat": ["{} > 3", "{}.band == detractor"],
    "yes_no": ["{} == true", "not {}", "skipped({})"],
    "choice": ["{} == red", "{} in [green, blue]"],
    "multi_choice": ["red in {}", "count({}) >= 2"],
    "text": ['contains({}, "late")'],
    "number": ["{} != 3"],
}
KINDS = sorted([*CONDITIONS, "message"])


@st.composite
def question(draw: st.DrawFn, name: str, earlier: list[tuple[str, str]]) -> dict[str, Any]:
    kind = draw(st.sampled_from(KINDS))
    made: dict[str, Any] = {"id": name, "type": kind, "text": f"{name}, ok"}
    if kind in ("choice", "multi_choice"):
        made |= {"options": OPTIONS, "shuffle": draw(st.booleans())}
    if kind == "text" and draw(st.booleans()):
        made["tell_more"] = "More, please"
    if kind != "message":
        made["required"] = draw(st.booleans())
        made["reasks"] = draw(st.integers(0, 3))
        made["timeout"] = {"after": "1h", "then": draw(st.sampled_from(["remind", "skip", "end"]))}
    if earlier and draw(st.booleans()):
        made["when"] = draw(condition(earlier))
    return made


@st.composite
def condition(draw: st.DrawFn, earlier: list[tuple[str, str]]) -> str:
    name, kind = draw(st.sampled_from(earlier))
    return draw(st.sampled_from(CONDITIONS[kind])).format(name)


@st.composite
def surveys(draw: st.DrawFn) -> Survey:
    """A definition with conditions, jumps, loops, shuffled groups and recovery, always valid."""
    items: list[dict[str, Any]] = []
    earlier: list[tuple[str, str]] = []
    for number in range(draw(st.integers(1, 8))):
        shape = draw(st.sampled_from(["question", "question", "question", "group", "loop"]))
        many = [name for name, kind in earlier if kind in ("multi_choice", "choice")]
        if shape == "loop" and many:
            inner = [{"id": "rate", "type": "csat", "text": "How was {option}"}]
            items.append({"loop": f"loop{number}", "over": draw(st.sampled_from(many)), "questions": inner})
        elif shape == "group":
            made = [draw(question(f"q{number}_{member}", list(earlier))) for member in range(draw(st.integers(1, 3)))]
            items.append({"group": f"group{number}", "shuffle": draw(st.booleans()), "questions": made})
            earlier += [(one["id"], one["type"]) for one in made if one["type"] != "message"]
        else:
            one = draw(question(f"q{number}", earlier))
            items.append(one)
            if one["type"] != "message":
                earlier.append((one["id"], one["type"]))
    _add_jumps(draw, items)
    rules = [{"when": draw(condition(earlier)), "team": "care"}] if earlier else []
    text = {"format": 1, "key": "any", "title": "Any", "languages": ["en", "de"], "questions": items, "recovery": rules}
    return load_survey(
        yaml.safe_dump({**text, "endings": {"done": {"text": "Bye"}, "early": {"text": "Bye"}}}, sort_keys=False)
    )


def _add_jumps(draw: st.DrawFn, items: list[dict[str, Any]]) -> None:
    for position, item in enumerate(items):
        if "id" in item and draw(st.integers(0, 3)) == 3:
            later = [other.get("id") or other.get("group") or other.get("loop") for other in items[position + 1 :]]
            jump = {"goto": draw(st.sampled_from([*later, "end:early"]))}
            if item["type"] in CONDITIONS:
                jump["if"] = CONDITIONS[item["type"]][0].format(item["id"])
            item["next"] = [jump]


def good_answer(survey: Survey, session: Session, rng: random.Random) -> Said:
    node = engine.current(survey, session)
    assert node is not None
    return Said("…", value(rng.choice(list(type_of(node.question).examples(node.question)))))


def any_input(survey: Survey, session: Session, rng: random.Random) -> Input:
    """Anything that may arrive, sensible or not."""
    nodes = [node.id for node in survey.nodes]
    odd = [3, 7, True, False, "red", ["red", "none"], "late", None, {"a": 1}, ["green"]]
    if rng.random() < 0.6:  # mostly what customers do: answer, go back, change an earlier answer
        earlier = rng.choice([node for node in survey.nodes if node.question.type != "message"] or [survey.nodes[0]])
        examples = list(type_of(earlier.question).examples(earlier.question)) or [None]
        changed = Picked(earlier.id, rng.choice(examples))
        return rng.choice([good_answer(survey, session, rng), changed, Said("…", control("back"))])
    return rng.choice(
        [
            good_answer(survey, session, rng),
            Said("…", value(rng.choice(odd))),
            Said("…", NOT_AN_ANSWER),
            Said("…", ambiguous(rng.choice(odd), rng.choice(odd))),
            Said(
                "…",
                control(rng.choice([name for name in CONTROLS if name != "stop"]), *rng.sample(odd, rng.randint(0, 1))),
            ),
            Said("…", control("back")),
            Picked(rng.choice([*nodes, "gone"]), rng.choice(odd)),
            AskAgain(),
            TimedOut(rng.choice([node for node in nodes if node != session.current] or ["gone"])),
            SetLanguage(rng.choice(["de", "en", "xx"])),
        ]
    )


def begin(survey: Survey, seed: int) -> engine.Turn:
    return engine.start(survey, Context("sms", "en", seed, NOW))


def wander(survey: Survey, rng: random.Random, steps: int) -> Session:
    """A session after some turns of anything."""
    session = begin(survey, rng.randrange(1000)).session
    for _ in range(steps):
        if session.over:
            break
        session = engine.receive(survey, session, any_input(survey, session, rng), NOW).session
    return session


@GENTLE
@given(surveys(), RANDOM, st.integers(0, 12))
def test_whatever_happened_before_answering_leads_to_the_end(survey: Survey, rng: random.Random, steps: int) -> None:
    session = wander(survey, rng, steps)
    bound = 2 * len(survey.nodes) + 1  # each question at most once, and its follow-up
    for _ in range(bound):
        if session.over:
            break
        turn = engine.receive(survey, session, good_answer(survey, session, rng), NOW)
        assert any(isinstance(effect, (Ask, Ended)) for effect in turn.effects)
        session = turn.session
    assert session.over


@GENTLE
@given(surveys(), RANDOM)
def test_a_silent_or_unreadable_customer_is_never_trapped(survey: Survey, rng: random.Random) -> None:
    session = begin(survey, rng.randrange(1000)).session
    for _ in range(5 * len(survey.nodes) + 1):  # of each question: three reasks, one insistence, then it is left
        if session.over:
            break
        words = NOT_AN_ANSWER if rng.random() < 0.5 else control("skip")
        session = engine.receive(survey, session, Said("…", words), NOW).session
    assert session.over


@GENTLE
@given(surveys(), RANDOM, st.integers(0, 12))
def test_a_saved_session_has_the_same_future(survey: Survey, rng: random.Random, steps: int) -> None:
    session = wander(survey, rng, steps)
    again = serialise.loads(serialise.dumps(session))
    assert again == session
    if not session.over:
        inp = any_input(survey, session, rng)
        assert engine.receive(survey, session, inp, NOW) == engine.receive(survey, again, inp, NOW)
        assert engine.prompt(survey, session) == engine.prompt(survey, again)


@GENTLE
@given(surveys(), RANDOM, st.integers(0, 8), st.integers(1, 4))
def test_back_and_the_same_answers_is_a_no_op(survey: Survey, rng: random.Random, steps: int, backs: int) -> None:
    session = begin(survey, rng.randrange(1000)).session
    for _ in range(steps):
        if not session.over:
            session = engine.receive(survey, session, good_answer(survey, session, rng), NOW).session
    if session.over or session.probing:
        return
    now = session
    for _ in range(backs):
        now = engine.receive(survey, now, Said("back", control("back")), NOW).session
    while now.reopened is not None:
        now = engine.receive(survey, now, Said("…", value(session.answers[now.current or ""].value)), NOW).session
    assert replace(now, reasks=0) == replace(session, reasks=0)


@GENTLE
@given(surveys(), RANDOM, st.integers(1, 25))
def test_the_effects_tell_exactly_which_answers_count(survey: Survey, rng: random.Random, steps: int) -> None:
    turn = begin(survey, rng.randrange(1000))
    counted: dict[str, Any] = {}
    for _ in range(steps):
        if turn.session.over:
            break
        turn = engine.receive(survey, turn.session, any_input(survey, turn.session, rng), NOW)
        for effect in turn.effects:
            if isinstance(effect, Recorded):
                counted[effect.node] = effect.value
            elif isinstance(effect, Withdrawn):
                assert effect.node in counted
                del counted[effect.node]
        assert set(counted) <= set(turn.session.answers)
        if not turn.session.over and turn.session.reopened is None:
            on_path = [node for node in engine.path(survey, turn.session) if node in turn.session.answers]
            assert {node: turn.session.answers[node].value for node in on_path} == counted


@GENTLE
@given(surveys(), RANDOM, st.integers(0, 12))
def test_a_turn_asks_or_ends_once_at_most_and_last(survey: Survey, rng: random.Random, steps: int) -> None:
    session = wander(survey, rng, steps)
    if session.over:
        assert engine.receive(survey, session, AskAgain(), NOW).effects == ()
        return
    effects = engine.receive(survey, session, any_input(survey, session, rng), NOW).effects
    closing = [effect for effect in effects if isinstance(effect, (Ask, Ended))]
    assert len(closing) <= 1
    assert not closing or effects[-1] is closing[0]
    assert engine.receive(survey, session, Expire(), NOW).session.status == "expired"


def test_every_type_has_examples_that_it_accepts() -> None:
    one = {"text": "T", "options": OPTIONS, "scale": [1, 5]}
    for name, kind in TYPES.items():
        fields = {key: item for key, item in one.items() if key == "text" or key in kind.fields}
        head = {"format": 1, "key": "k", "title": "T", "languages": ["en"], "endings": {"done": {"text": "B"}}}
        loaded = load_survey(yaml.safe_dump({**head, "questions": [{"id": "q", "type": name, **fields}]}))
        asked = loaded.nodes[0].question
        for example in kind.examples(asked):
            assert kind.accept(asked, example) == example
            assert kind.show(asked, example, "en", "en")
