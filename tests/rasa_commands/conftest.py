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


@pytest.fixture(scope="session")
def model() -> Path:
    return ensure_model()


@pytest.fixture(scope="session")
def loaded(model: Path) -> Any:
    from bot.rasa_glue.agent import load_agent

    return load_agent(model, ROOT / "endpoints.yml")


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A database that does not exist yet, named in the environment as a user does."""
    from bot import bootstrap

    file = tmp_path / "conductor.db"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file}")
    monkeypatch.chdir(ROOT)
    bootstrap.use(None)
    yield file
    bootstrap.use(None)
