"""The project's own Rasa model, loaded once."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from bot.rasa_glue import lean_import

if lean_import.is_lean() and not {"tensorflow", "rasa.core.agent"} & sys.modules.keys():
    lean_import.install()  # before the first import of Rasa: seconds and 350 MB for each test process

from bot.rasa_glue.training import ROOT, ensure_model


@pytest.fixture(scope="session")
def rasa_agent() -> Any:
    from bot.rasa_glue.agent import load_agent

    return load_agent(ensure_model(), ROOT / "endpoints.yml")
