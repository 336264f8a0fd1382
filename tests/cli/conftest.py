"""A folder with an installation of its own, on either backend, named in the environment as an operator does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.backends import Backend
from tests.server import ROOT

SURVEYS = ROOT / "survey_flows" / "definitions"


@pytest.fixture
def place(tmp_path: Path, backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    settle_in(backend, monkeypatch)
    return tmp_path


def settle_in(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in backend.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CONDUCTOR_SURVEYS", str(SURVEYS))
