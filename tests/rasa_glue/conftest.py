"""The tiny project's model, trained once, and an agent on it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.conversation.turn import TurnInput
from bot.rasa_glue import lean_import
from bot.rasa_glue.training import ROOT, Project, ensure_model

if lean_import.is_lean() and not {"tensorflow", "rasa.core.agent"} & sys.modules.keys():
    lean_import.install()

TINY = Path(__file__).parent / "project"


def tiny_project(models: Path) -> Project:
    return Project(TINY / "config.yml", TINY / "dialogues.yml", TINY / "dialogues.yml", models, ROOT)


@pytest.fixture(scope="session")
def tiny_model() -> Path:
    """Cached beside the real models, under its own fingerprint, so that only the first run after a change trains."""
    return ensure_model(tiny_project(ROOT / "models" / "tiny"))


@pytest.fixture(scope="session")
def loaded_agent(tiny_model: Path):
    from bot.rasa_glue.agent import load_agent

    return load_agent(tiny_model, TINY / "endpoints.yml")


@pytest.fixture
def agent(loaded_agent) -> Iterator:
    yield loaded_agent
    for conversation in range(10):
        loaded_agent.forget(conversation)


def turn(said: str = "", **state) -> TurnInput:
    """A turn of conversation 1 with a survey open, unless `state` says otherwise."""
    given = {"id": 1, "conversation": 1, "channel": "sms", "language": "en", "owner": "survey", "session": "{}"}
    return TurnInput(**{**given, "now": "2026-11-02T09:00:00+00:00", "said": said, **state})


def intent(name: str, confidence: float = 1.0) -> dict:
    return {"intent": {"name": name, "confidence": confidence}}


@pytest.fixture(autouse=True)
def telemetry_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "RASA_TELEMETRY_ENABLED", "false")
