"""Which model a server runs, and how it changes over to another one without a restart."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from bot.conversation.ports import Clock, DialogueAgent
from bot.rasa_glue.registry import Registry
from bot.rasa_glue.swap import ModelWatch, SwappingAgent
from bot.rasa_glue.training import ROOT
from bot.settings import Settings

CHOSEN = "CONDUCTOR_MODEL"
"""Variable by which `conductor serve` tells its own server which model it chose."""
ENDPOINTS = Path("endpoints.yml")


def registry(settings: Settings) -> Registry:
    """The installation's models."""
    return Registry(settings.models or ROOT / "models")


def swapping(app: Any, settings: Settings, clock: Clock) -> tuple[SwappingAgent, ModelWatch]:
    """The agent that Rasa's server loaded, made replaceable; and the chore that replaces it when another model is
    chosen (`conductor model activate`)."""
    from bot.rasa_glue.agent import RasaAgent, load_agent, settle_memory

    agent = SwappingAgent(RasaAgent(app.ctx.agent), str(app.ctx.agent.model_name or ""))

    def load(path: Path) -> DialogueAgent:
        return load_agent(path, ENDPOINTS)

    def replaced(fresh: DialogueAgent) -> None:
        assert isinstance(fresh, RasaAgent)
        app.ctx.agent = fresh.rasa  # for Rasa's own pages
        settle_memory()

    models, seen = registry(settings), os.environ.get(CHOSEN)
    watch = ModelWatch(agent, models, load, replaced, clock.now, settings.default_language, seen)
    return agent, watch


def one_turn(agent: DialogueAgent) -> AbstractContextManager[None]:
    """What is asked of `agent` inside is answered by one model."""
    return agent.turn() if isinstance(agent, SwappingAgent) else nullcontext()
