"""`rasa train`, `rasa data validate` and `rasa test` find everything without being told where it is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from bot.faq.check import plain
from bot.faq.read import read_folder
from bot.rasa_glue.importer import DialoguesImporter
from bot.rasa_glue.training import ROOT, Project
from tests.backends import embedded_in
from tests.rasa_commands.processes import RASA, environment

pytestmark = pytest.mark.about_sqlite("these commands open no database")


def rasa(tmp_path: Path, *arguments: str) -> str:
    """Call `rasa`, which has to succeed. Returns what it said."""
    done = subprocess.run(
        [*RASA, *arguments],
        cwd=ROOT,
        env=environment(embedded_in(tmp_path)),
        capture_output=True,
        text=True,
        timeout=300,  # for one that hangs
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-3000:]
    return said


@pytest.mark.slow
def test_rasa_train(model, tmp_path):
    """After `conductor train` its parts come out of Rasa's cache."""
    rasa(tmp_path, "train", "--out", str(tmp_path))
    assert len(list(tmp_path.glob("*.tar.gz"))) == 1


@pytest.mark.slow
def test_rasa_data_validate(tmp_path):
    assert "No story structure conflicts found" in rasa(tmp_path, "data", "validate")


@pytest.mark.slow
def test_rasa_test_core(model, tmp_path):
    """With the NLU (`--e2e`): every FAQ entry is found, by words it was not taught. Rasa succeeds even when stories
    fail: what it wrote tells."""
    stories = ("--e2e", "--stories", str(ROOT / "dialogues" / "tests"))
    rasa(tmp_path, "test", "core", "-m", str(model), *stories, "--no-plot", "--out", str(tmp_path))
    failed = (tmp_path / "failed_test_stories.yml").read_text(encoding="utf-8")
    assert failed.startswith("# None of the test stories failed")


def test_rasas_default_places_are_the_dialogues_read_once():
    project = Project.at(ROOT)
    assert (ROOT / "domain.yml").resolve() == project.domain
    assert (ROOT / "data").resolve() == project.data
    given = DialoguesImporter(str(ROOT / "config.yml"), str(ROOT / "domain.yml"), [str(ROOT / "data")])
    own = DialoguesImporter(str(ROOT / "config.yml"))
    assert set(given._nlu_files) == set(own._nlu_files)
    assert given.get_domain().as_dict() == own.get_domain().as_dict()


def test_the_stories_ask_in_words_that_no_entry_was_taught() -> None:
    book = read_folder(ROOT / "dialogues" / "faq")
    taught = {plain(text) for entry in book for text in (*entry.phrasings, entry.title)}
    stories = yaml.safe_load((ROOT / "dialogues" / "tests" / "test_faq_stories.yml").read_text(encoding="utf-8"))[
        "stories"
    ]
    asked = [step for story in stories for step in story["steps"] if "user" in step]
    assert [step["user"] for step in asked if plain(step["user"]) in taught] == []
    assert {step["intent"] for step in asked} == {f"faq/{key}" for key in book.keys}
