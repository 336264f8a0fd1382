"""`conductor agents`: what is said when somebody can't be added."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from tests.backends import Backend


@pytest.fixture(autouse=True)
def _home(backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", backend.database_url)


def add(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["agents", "add", *arguments])


def test_a_name_that_is_made_of_the_login_and_is_none_is_asked_for() -> None:
    refused = add("you@example.com")
    assert refused.exit_code == 2
    assert '"You" is nobody\'s name here' in refused.output
    assert 'Say another one: --name "Ada Lovelace".' in refused.output
    assert "Ada (you@example.com) is now admin." in add("you@example.com", "--name", "Ada").output


def test_a_name_that_was_said_is_refused_as_it_is() -> None:
    refused = add("ada@example.com", "--name", "Bot")
    assert refused.exit_code == 2
    assert "made of the login" not in refused.output
