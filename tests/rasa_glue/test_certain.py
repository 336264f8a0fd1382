"""While a survey conducts only its policy is asked; the other policies would have changed nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.conversation import guessing
from bot.rasa_glue.agent import RasaAgent
from bot.rasa_glue.certain import _sole_head
from tests.rasa_glue.conftest import intent, turn


@pytest.fixture
def asked(agent: RasaAgent, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Each time that the whole ensemble is asked."""
    calls: list[str] = []
    runner = agent.rasa.processor.graph_runner
    run = runner.run

    def counted(*args: Any, **kwargs: Any) -> Any:
        calls.append("ensemble")
        return run(*args, **kwargs)

    monkeypatch.setattr(runner, "run", counted)
    return calls


SITUATIONS = {
    "an answer": (turn("9"), intent("survey_answer"), ("action_survey_step",)),
    "a wish to give feedback": (
        turn("feedback", owner="bot", session=None),
        intent("survey_start"),
        ("action_survey_start",),
    ),
    "an unsure question": (turn("hm"), intent("faq/refund", 0.2), ("action_survey_step",)),
}


@pytest.mark.parametrize("situation", SITUATIONS)
async def test_what_concerns_a_survey_nobody_else_is_asked(agent: RasaAgent, asked: list[str], situation: str) -> None:
    said, understood, actions = SITUATIONS[situation]
    assert (await agent.converse(said, understood, None)).actions == actions
    assert asked == []


async def test_a_question_is_answered_by_its_rule_and_nobody_else_is_asked(agent: RasaAgent, asked: list[str]) -> None:
    question = "where is my refund"
    understood = await agent.understand(question, "en")
    asked.clear()  # the NLU is a graph, too
    conversed = await agent.converse(turn(question), understood, None)
    assert conversed.actions == ("utter_faq", "action_survey_step")
    assert asked == []


@pytest.mark.parametrize("surveyed", [True, False])
async def test_the_rules_themselves_would_say_the_same(
    agent: RasaAgent, monkeypatch: pytest.MonkeyPatch, asked: list[str], surveyed: bool
) -> None:
    policy = _sole_head(agent.rasa.processor)
    assert policy is not None
    said = turn("x") if surveyed else turn("x", owner="bot", session=None)
    others: list[str] = []  # where the rules had to be asked
    for name in policy.rules:
        understood = guessing.parse_data("refund") if name == "faq" else intent(name)
        ours = await agent.converse(said, understood, None)
        agent.forget(said.conversation)
        assert asked == [], name
        with monkeypatch.context() as without:
            without.setattr(policy, "rules", {})
            theirs = await agent.converse(said, understood, None)
        agent.forget(said.conversation)
        others += [name] * bool(asked)
        asked.clear()
        assert (ours.actions, ours.uttered) == (theirs.actions, theirs.uttered), name
    assert {"faq", "greet"} <= set(others)


@pytest.mark.parametrize("situation", SITUATIONS)
async def test_the_whole_ensemble_would_say_the_same(
    agent: RasaAgent, monkeypatch: pytest.MonkeyPatch, situation: str
) -> None:
    said, understood, _ = SITUATIONS[situation]
    alone = await agent.converse(said, understood, None)
    agent.forget(said.conversation)
    processor = agent.rasa.processor
    monkeypatch.delattr(processor, "_predict_next_with_tracker")  # Rasa's own again
    everybody = await agent.converse(said, understood, None)
    assert (alone.actions, alone.uttered) == (everybody.actions, everybody.uttered)
