"""Which commands make a database, and where: a mistyped path never becomes an empty installation."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main

pytestmark = pytest.mark.about_sqlite("who makes the file, and where")

SURVEYS = Path(__file__).resolve().parents[2] / "survey_flows" / "definitions"
READING = [("report",), ("responses", "export"), ("survey", "list"), ("db", "status")]
READING.append(("agents", "add", "ada@shop.example"))  # its link would lead nowhere
WRITING = [
    ("invite", "--survey", "delivery_nps", "--channel", "web", "--to", "ada"),
    ("survey", "publish", "delivery_nps"),
    ("db", "migrate"),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is not the project's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONDUCTOR_SURVEYS", str(SURVEYS))
    return tmp_path


def run(args: tuple[str, ...]) -> Result:
    return CliRunner().invoke(main, args)


@pytest.mark.parametrize("args", READING, ids=" ".join)
def test_reading_never_makes_a_database_not_even_in_the_projects_folder(folder: Path, args: tuple[str, ...]) -> None:
    (folder / "config.yml").touch()
    result = run(args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"There is no database at {folder}/.conductor/conductor.db" in result.stderr
    assert f"it is looked for in the folder {folder}" in result.stderr
    assert [path.name for path in folder.iterdir()] == ["config.yml"]


@pytest.mark.parametrize("args", READING, ids=" ".join)
def test_a_mistyped_path_is_named_with_its_variable(
    folder: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:///conductr.db")
    result = run(args)
    assert result.exit_code == 2
    assert f"There is no database at {folder}/conductr.db (DATABASE_URL names it)" in result.stderr
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("args", WRITING, ids=" ".join)
def test_writing_elsewhere_makes_nothing(folder: Path, args: tuple[str, ...]) -> None:
    result = run(args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{folder} is not the project's folder" in result.stderr
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("args", WRITING, ids=" ".join)
def test_writing_in_the_projects_folder_makes_the_database(folder: Path, args: tuple[str, ...]) -> None:
    (folder / "config.yml").touch()
    assert run(args).exit_code == 0
    assert (folder / ".conductor" / "conductor.db").is_file()


@pytest.mark.parametrize("args", WRITING, ids=" ".join)
def test_writing_makes_the_database_that_was_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.delenv("DATABASE_URL")  # what a command takes from .env is taken back with it
    (folder / ".env").write_text("DATABASE_URL=sqlite:///here.db\n")
    assert run(args).exit_code == 0
    assert (folder / "here.db").is_file()


def test_an_empty_variable_names_no_database(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    result = run(("db", "status"))
    assert result.exit_code == 2
    assert "DATABASE_URL is not set" in result.stderr
