"""A survey's file is a draft until somebody publishes it; only a new database gets the folder's surveys, once."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.bootstrap import publish_folder
from bot.cli import main
from bot.storage.catalogue import SqlCatalogue
from bot.storage.engine import Database
from tests.backends import Backend
from tests.cli.conftest import settle_in
from tests.survey_flows.small_surveys import source_of

NOW = "2026-03-02T10:00:00.000000+00:00"


@pytest.fixture
def surveys(tmp_path: Path, backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one survey, `first`."""
    settle_in(backend, monkeypatch)
    folder = tmp_path / "surveys"
    folder.mkdir()
    monkeypatch.setenv("CONDUCTOR_SURVEYS", str(folder))
    write(folder, "first")
    return folder


def write(folder: Path, key: str, question: str = "{id: score, type: nps}", file: str = "") -> None:
    text = source_of(question)
    assert "key: test" in text
    (folder / f"{file or key}.yml").write_text(text.replace("key: test", f"key: {key}"), "utf-8")


def run(*args: str) -> str:
    result = CliRunner().invoke(main, args)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_new_file_stays_a_draft_until_it_is_published(surveys: Path) -> None:
    assert run("survey", "list").startswith("first ")
    write(surveys, "draft")

    run("report")  # as every command does, and every start

    assert "draft: 'conductor survey publish draft' makes it live" in run("survey", "list").splitlines()[1]
    run("survey", "publish", "draft")
    assert [(line.split()[0], "since" in line) for line in run("survey", "list").splitlines()] == [
        ("draft", True),
        ("first", True),
    ]


def test_the_first_command_on_a_new_database_says_that_a_survey_is_live(surveys: Path) -> None:
    """It was this command that made the folder's surveys live."""
    assert run("survey", "publish", "first").startswith("first is live (version ")
    assert run("survey", "publish", "first").startswith("first was live already (version ")


def test_a_broken_file_does_not_keep_the_others_back_at_the_first_start(surveys: Path, backend: Backend) -> None:
    write(surveys, "broken", "{id: score, type: nosuch}")

    async def start() -> list[str]:
        database = Database(backend.database_url)
        catalogue = SqlCatalogue(database)
        await publish_folder(catalogue, surveys, NOW)
        write(surveys, "later")
        await publish_folder(catalogue, surveys, NOW)
        live = [published.survey.key for published in await catalogue.published()]
        await database.close()
        return live

    assert asyncio.run(start()) == ["first"]


def test_a_survey_that_would_replace_another_by_its_key_is_refused(surveys: Path, backend: Backend) -> None:
    run("survey", "list")
    before = backend.rows("SELECT key, fingerprint, live FROM surveys")
    write(surveys, "first", "{id: other, type: nps}", file="mine")

    refused = CliRunner().invoke(main, ["survey", "publish", "mine"])

    assert refused.exit_code == 2
    assert 'the key is "first", and the file is called mine.yml; first.yml:' in refused.stderr
    assert "Nothing was published; the running versions stay live." in refused.stderr
    assert backend.rows("SELECT key, fingerprint, live FROM surveys") == before
    [line] = [line for line in run("survey", "list").splitlines() if line.startswith("mine ")]
    assert f"draft with mistakes: 'conductor survey check {surveys / 'mine.yml'}'" in line


def test_two_files_of_one_key_do_not_replace_each_other_at_the_first_start(surveys: Path, backend: Backend) -> None:
    write(surveys, "first", "{id: other, type: nps}", file="mine")
    run("survey", "list")
    [(source,)] = backend.rows("SELECT source FROM surveys")
    assert source == (surveys / "first.yml").read_text("utf-8")


def test_publishing_says_what_is_replaced(surveys: Path) -> None:
    was = run("survey", "publish", "first").split("version ")[1].rstrip(").\n")
    write(surveys, "first", "{id: other, type: nps}")
    said = run("survey", "publish", "first")
    assert said.startswith(f"first is live: version {was}, live since 20")
    assert re.search(rf"UTC, is replaced by version (?!{was})[0-9a-f]+\.$", said.strip())
