"""A model is trained once for each state of its inputs, and loading ours needs no TensorFlow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import train as train_cli
from bot.errors import ConductorError
from bot.rasa_glue import training
from bot.rasa_glue.lean_import import is_lean
from bot.rasa_glue.training import ROOT, Project, Trained, drop_old, fingerprint
from tests.rasa_glue.conftest import TINY


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A copy of the layout, not of the contents."""
    (tmp_path / "dialogues" / "domain").mkdir(parents=True)
    (tmp_path / "config.yml").write_text("recipe: default.v1\n")
    (tmp_path / "dialogues" / "nlu.yml").write_text("nlu: []\n")
    return Project.at(tmp_path)


def pretend(project: Project, path: Path) -> None:
    path.write_text("a model")


def test_the_second_call_trains_nothing(project, monkeypatch):
    monkeypatch.setattr(training, "run_training", pretend)
    assert [training.train(project).is_new for _ in range(2)] == [True, False]


def test_force_trains_again(project, monkeypatch):
    monkeypatch.setattr(training, "run_training", pretend)
    assert [training.train(project, force=True).is_new for _ in range(2)] == [True, True]


CHANGES = [("config.yml", "recipe: other\n"), ("dialogues/nlu.yml", "nlu: [1]\n"), ("dialogues/domain/new.yml", "")]


@pytest.mark.parametrize(("file", "content"), CHANGES)
def test_each_input_changes_the_fingerprint(project, file, content):
    before = fingerprint(project)
    (project.root / file).write_text(content)
    assert fingerprint(project) != before


def test_a_missing_input_is_named(project):
    project.config.unlink()
    with pytest.raises(ConductorError, match=r"config\.yml"):
        training.train(project)


def test_old_models_go_and_others_files_stay(tmp_path):
    for age in range(5):
        path = tmp_path / f"conductor-{age}.tar.gz"
        path.touch()
        os.utime(path, (1000 + age, 1000 + age))
    (tmp_path / "mine.tar.gz").touch()
    drop_old(tmp_path, tmp_path / "conductor-0.tar.gz")
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"conductor-0.tar.gz", "conductor-3.tar.gz", "conductor-4.tar.gz", "mine.tar.gz"}


def test_the_command_says_what_it_did(monkeypatch):
    monkeypatch.setattr(training, "train", lambda project, force: Trained(ROOT / "models" / "m.tar.gz", is_new=force))
    told = CliRunner().invoke(train_cli.command, ["--no-activate"]).output
    assert "Up to date: models/m.tar.gz" in told
    assert "Trained models/m.tar.gz" in CliRunner().invoke(train_cli.command, ["--force", "--no-activate"]).output


def test_looking_for_the_model_imports_no_rasa(tiny_model):
    code = "import sys, bot.rasa_glue.training as t; t.fingerprint(t.Project.at(t.ROOT)); print('rasa' in sys.modules)"
    assert python(code, lean="1") == "False"


@pytest.mark.slow
def test_wrong_training_data_end_in_a_sentence(tmp_path):
    broken = tmp_path / "dialogues.yml"
    broken.write_text('version: "3.1"\nrules: [{rule: x, steps: [{nonsense: 1}]}]\n')
    project = Project(TINY / "config.yml", broken, broken, tmp_path / "models", ROOT)
    with pytest.raises(ConductorError, match="could not train"):
        training.train(project)
    assert not list((tmp_path / "models").glob("*.tar.gz"))


WISHES = [
    ({}, True, True),
    ({}, False, False),
    ({"CONDUCTOR_LEAN": "0"}, True, False),
    ({"CONDUCTOR_LEAN": "1"}, False, True),
]


@pytest.mark.parametrize(("environment", "default", "expected"), WISHES)
def test_the_switch(environment, default, expected):
    assert is_lean(environment, default) is expected


def test_a_wrong_switch_is_refused():
    with pytest.raises(ConductorError, match="CONDUCTOR_LEAN"):
        is_lean({"CONDUCTOR_LEAN": "maybe"})


ANSWERS = """
import asyncio, json, sys
from pathlib import Path
from bot.rasa_glue import lean_import
if lean_import.is_lean():
    lean_import.install()
from bot.rasa_glue.agent import load_agent
from bot.conversation.turn import TurnInput
agent = load_agent(Path(sys.argv[1]), Path(sys.argv[2]))
async def main():
    out = []
    for said in ("where is my refund", "hello", "7", "qwrtz"):
        parsed = await agent.understand(said, "en")
        turn = TurnInput(1, 1, "sms", "en", "survey", "now", said=said, session="{}")
        done = await agent.converse(turn, parsed, None)
        out.append([parsed, done.actions, [[u.text, u.decision] for u in done.uttered]])
    print(json.dumps([out, "tensorflow.python" in sys.modules]))
asyncio.run(main())
"""


@pytest.mark.slow
def test_the_answers_are_the_same_without_tensorflow(tiny_model):
    arguments = [str(tiny_model), str(TINY / "endpoints.yml")]
    (lean, stubbed), (stock, real) = (json.loads(python(ANSWERS, *arguments, lean=switch)) for switch in "10")
    assert lean == stock
    assert (stubbed, real) == (False, True)


def python(code: str, *arguments: str, lean: str) -> str:
    """The last line that `code` prints in a Python of its own."""
    environment = {**os.environ, "CONDUCTOR_LEAN": lean, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip().splitlines()[-1]
