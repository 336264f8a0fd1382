"""The project's own Rasa model, loaded once."""

from __future__ import annotations

from typing import Any

import pytest

from bot.rasa_glue.agent import load_agent
from bot.rasa_glue.training import ROOT, ensure_model


@pytest.fixture(scope="session")
def rasa_agent() -> Any:
    return load_agent(ensure_model(), ROOT / "endpoints.yml")
