"""The project's model on Rasa's own agent, with a database of each test's own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.rasa_glue import lean_import

if lean_import.is_lean() and not {"tensorflow", "rasa.core.agent"} & sys.modules.keys():
    lean_import.install()

from bot.rasa_glue.training import ROOT, ensure_model
from tests.backends import Backend


@pytest.fixture(scope="session")
def model() -> Path:
    return ensure_model()


@pytest.fixture(scope="session")
def loaded(model: Path) -> Any:
    from bot.rasa_glue.agent import load_agent

    return load_agent(model, ROOT / "endpoints.yml")


@pytest.fixture
def here(bare_backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Iterator[Backend]:
    """A database with nothing in it, named in the environment as a user does."""
    from bot import bootstrap

    for name, value in bare_backend.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(ROOT)
    bootstrap.use(None)
    yield bare_backend
    bootstrap.use(None)
