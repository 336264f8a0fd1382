"""The graph without dask gives what it gives with it."""

from __future__ import annotations

import pytest
from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.trackers import DialogueStateTracker

from bot.rasa_glue.agent import RasaAgent

TEXTS = ("where is my refund", "hello", "9", "complete nonsense")


@pytest.mark.parametrize("text", TEXTS)
async def test_a_text_is_understood_the_same(agent: RasaAgent, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    straight = await agent.understand(text, "en")
    runner = agent.rasa.processor.graph_runner
    assert isinstance(runner, DaskGraphRunner)
    monkeypatch.delattr(runner, "run")  # Rasa's own again
    assert await agent.understand(text, "en") == straight


def test_a_missing_input_is_named(agent: RasaAgent) -> None:
    processor = agent.rasa.processor
    with pytest.raises(GraphRunError, match="Missing input"):
        processor.graph_runner.run(inputs={}, targets=[processor.model_metadata.core_target])


def test_policies_predict_the_same(agent: RasaAgent, monkeypatch: pytest.MonkeyPatch) -> None:
    processor = agent.rasa.processor
    tracker = DialogueStateTracker.from_events("1", [], processor.domain.slots)
    asked = {"inputs": {"__tracker__": tracker}, "targets": [processor.model_metadata.core_target]}
    straight = processor.graph_runner.run(**asked)
    monkeypatch.delattr(processor.graph_runner, "run")
    whole = processor.graph_runner.run(**asked)
    assert {n: p.probabilities for n, p in straight.items()} == {n: p.probabilities for n, p in whole.items()}
