"""The Rasa model, trained once for each state of what it is made of.

The model's file carries the fingerprint of its inputs in its name, so "is it up to date?" is a look at a folder.
Imports nothing of Rasa: training runs in a process of its own, and its seconds and megabytes leave with it.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bot.errors import ConductorError
from bot.rasa_glue.locked import alone
from bot.rasa_glue.nlu import encoders
from bot.rasa_glue.registry import Registry

ROOT = Path(__file__).resolve().parents[2]
CODE = (Path(__file__).resolve().parent, ROOT / "bot" / "learning")
"""Folders whose code shapes the model."""
KEPT_MODELS = 3
"""Models that stay in the folder: going back to an earlier state of the data costs no training."""
TAIL_LINES = 20


@dataclass(frozen=True)
class Project:
    """A Rasa project: its config, the folder (or file) of its domain, its training data, and where models go."""

    config: Path
    domain: Path
    data: Path
    models: Path
    root: Path

    def training_data(self) -> list[Path]:
        """What Rasa reads beside the domain. Told of a folder that holds the domain too, it reads that twice and
        complains."""
        if self.data.is_file():
            return [self.data]
        return sorted(path for path in self.data.iterdir() if path not in (self.domain, self.data / "tests"))

    @classmethod
    def at(cls, root: Path, models: Path | None = None) -> Project:
        """The house's layout below `root` (docs: ARCHITECTURE §2); models in `models`, by default there too."""
        dialogues = root / "dialogues"
        return cls(root / "config.yml", dialogues / "domain", dialogues, models or root / "models", root)


def shown(path: Path) -> Path:
    """A path as people want to read it: within the project without its folder."""
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


@dataclass(frozen=True)
class Trained:
    """A model's file, and whether it was trained just now."""

    path: Path
    is_new: bool


def fingerprint(project: Project) -> str:
    """SHA-256, first 16 hex digits, over names and contents of everything that shapes the model, and Rasa's version."""
    digest = hashlib.sha256(version("rasa").encode())
    for path in sorted(inputs(project)):
        digest.update(f"\0{path}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def inputs(project: Project) -> Iterator[Path]:
    """The files that shape the model: an encoder, too, by the note that says which one is in use."""
    yield project.config
    encoder = encoders.home(ROOT) / encoders.IN_USE
    if encoder.is_file():
        yield encoder
    places = [(project.data, pattern) for pattern in ("**/*.yml", "**/*.yaml", "faq/*/*.md")]
    places += [(project.domain, "**/*.yml"), *((folder, "**/*.py") for folder in CODE)]
    for folder, pattern in places:
        yield from ([folder] if folder.is_file() else folder.glob(pattern))


def ensure_model(project: Project | None = None, force: bool = False) -> Path:
    """The up-to-date model's file; trained first when there is none, or when `force` is set.

    Raises ConductorError when an input is missing or the training data are wrong."""
    return train(project or Project.at(ROOT), force).path


def model_path(project: Project) -> Path:
    """Where the model of the project's present state lies, or will lie once it is trained."""
    return project.models / f"conductor-{fingerprint(project)}.tar.gz"


def train(project: Project, force: bool = False) -> Trained:
    """Like `ensure_model`, and says whether it trained. Of several processes at once, one trains and the others
    wait."""
    for needed in (project.config, project.domain, project.data):
        if not needed.exists():
            raise ConductorError(f"The Rasa model needs '{needed}', which is missing.")
    path = model_path(project)
    if path.is_file() and not force:
        return Trained(path, is_new=False)
    project.models.mkdir(parents=True, exist_ok=True)
    with alone(project.models / ".training.lock"):
        if path.is_file() and not force:  # another process trained it while this one waited
            return Trained(path, is_new=False)
        run_training(project, path)
    drop_old(project.models, path)
    return Trained(path, is_new=True)


def run_training(project: Project, path: Path) -> None:
    """Train in a process of its own, under a name of its own until it is whole. Raises ConductorError with Rasa's
    last lines."""
    unfinished = f"unfinished-{os.getpid()}"
    command = [sys.executable, "-m", "bot.rasa_glue.training_run"]
    where = (project.config, project.domain, project.models, unfinished, *project.training_data())
    command += [str(part) for part in where]
    paths = os.pathsep.join(dict.fromkeys([str(project.root), str(ROOT), os.environ.get("PYTHONPATH", "")]))
    environment = {**os.environ, "PYTHONPATH": paths.strip(os.pathsep), "RASA_TELEMETRY_ENABLED": "false"}
    done = subprocess.run(  # noqa: S603  (our own module and paths)
        command, cwd=project.root, env=environment, capture_output=True, text=True, check=False
    )
    made = project.models / f"{unfinished}.tar.gz"
    if done.returncode or not made.is_file():
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-TAIL_LINES:])
        raise ConductorError(f"Rasa could not train the model:\n{tail}", mend="'rasa data validate' may say more.")
    made.replace(path)


def drop_old(models: Path, newest: Path) -> None:
    """Remove all but the newest models of ours, the one in use and the one to go back to. Others' files stay."""
    kept = {newest.name, *Registry(models).kept()}
    others = [path for path in Registry(models).models() if path.name not in kept]
    for path in others[KEPT_MODELS - 1 :]:
        path.unlink(missing_ok=True)
