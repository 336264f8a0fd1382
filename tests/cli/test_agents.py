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


@pytest.mark.parametrize(
    ("told", "begins"),
    [
        ({"CONDUCTOR_PUBLIC_URL": "https://surveys.example/"}, "https://surveys.example"),
        ({"CONDUCTOR_PORT": "5006"}, "http://127.0.0.1:5006"),
        ({"CONDUCTOR_PORT": "5005", "CONDUCTOR_HOST": "0.0.0.0"}, ""),  # as in the container
        ({}, ""),
    ],
)
def test_a_link_begins_with_what_the_command_was_told(
    told: dict[str, str], begins: str, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CONDUCTOR_PUBLIC_URL", "CONDUCTOR_PORT", "CONDUCTOR_HOST"):
        monkeypatch.delenv(name, raising=False)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    if not told and not backend.grown:
        begins = "http://127.0.0.1:5005"  # of one machine alone it is the likely one
    said = add("ada@example.com", "--name", "Ada").output
    assert f"  {begins or 'http://YOUR-SERVER'}/console/welcome#" in said
    assert ("Put your server's address in the place of http://YOUR-SERVER" in said) == (not begins)
