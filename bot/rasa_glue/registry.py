"""Which of the trained models is in use. `models/current` names it in one line; `models/history.jsonl` says how it came
to that. Servers look at `current` every second and change over without a restart (`swap.py`).

Imports nothing of Rasa. Files are changed under a lock, and `current` is replaced as a whole: a reader meets the old
name or the new one.
"""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.errors import ConductorError
from bot.rasa_glue.locked import alone

CURRENT, HISTORY, LOCK = "current", "history.jsonl", ".registry.lock"
LONGEST = 200
"""Lines of the history that are kept."""
METADATA = "metadata.json"


@dataclass(frozen=True)
class Change:
    """One line of the history. `how`: first, trained, by hand, rolled back, refused (it stayed `was`), or broken (a
    server could not load it and went back to `was`). `model` and `was` are file names; `was` is "" at the first."""

    at: str
    model: str
    was: str
    how: str
    note: str = ""


class Registry:
    """The models of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def current(self) -> str:
        """The name of the model in use; "" when none was chosen yet."""
        try:
            return (self.folder / CURRENT).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return ""

    def current_path(self) -> Path | None:
        """Its file; None when none was chosen, or the file is gone."""
        name = self.current()
        path = self.folder / name
        return path if name and path.is_file() else None

    def models(self) -> list[Path]:
        """Ours, the newest first."""
        found = list(self.folder.glob("conductor-*.tar.gz"))
        return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)

    def path(self, name: str) -> Path:
        """A model by its name, with or without ".tar.gz" or "conductor-". Raises ConductorError that lists them."""
        names = {path.name for path in self.models()}
        for candidate in (name, f"{name}.tar.gz", f"conductor-{name}.tar.gz"):
            if candidate in names:
                return self.folder / candidate
        raise ConductorError(f"There is no model '{name}' in {self.folder}.", "'conductor model list' shows them.")

    def history(self) -> list[Change]:
        """Oldest first."""
        try:
            lines = (self.folder / HISTORY).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        return [Change(**json.loads(line)) for line in lines]

    def activate(self, path: Path, at: str, how: str, note: str = "") -> None:
        """Make `path` the current model. Raises ConductorError when it is no Rasa model."""
        looks_whole(path)
        with alone(self.folder / LOCK):
            was = self.current()
            self._point(path.name)
            self._note(Change(at, path.name, was, how, note))

    def refuse(self, path: Path, at: str, note: str) -> None:
        """Note that `path` did not replace the current model, and why."""
        with alone(self.folder / LOCK):
            self._note(Change(at, path.name, self.current(), "refused", note))

    def broken(self, name: str, good: str, at: str, note: str) -> bool:
        """A server could not load `name`: back to `good`, unless another model was chosen meanwhile."""
        with alone(self.folder / LOCK):
            if self.current() != name:
                return False
            self._point(good)
            self._note(Change(at, name, good, "broken", note))
        return True

    def before(self) -> Path:
        """The model that was in use before the current one; after a roll-back the one before that. Raises
        ConductorError when there is none any more."""
        now, current = self.current(), self.current()
        for change in reversed(self.history()):
            if change.how in ("refused", "broken", "rolled back") or change.model != now:
                continue
            now = change.was
            if now and now != current and (self.folder / now).is_file():
                return self.folder / now
        raise ConductorError("There is no earlier model to go back to.", "'conductor model list' shows what there is.")

    def set_aside(self, name: str) -> Change | None:
        """How this model was last refused, found broken or rolled back from; None when it never was, or was activated
        since."""
        for change in reversed(self.history()):
            if change.model == name:
                return change if change.how in ("refused", "broken") else None
            if change.was == name and change.how in ("rolled back", "by hand"):
                return change
        return None

    def kept(self) -> set[str]:
        """Names that must stay: the current model, and the one to go back to."""
        names = {self.current()}
        if names != {""}:
            try:
                names.add(self.before().name)
            except ConductorError:
                return names
        return names - {""}

    def _point(self, name: str) -> None:
        unfinished = self.folder / f".{CURRENT}-{os.getpid()}"
        unfinished.write_text(f"{name}\n", encoding="utf-8")
        unfinished.replace(self.folder / CURRENT)

    def _note(self, change: Change) -> None:
        self._write([*self.history(), change][-LONGEST:])

    def _write(self, changes: Iterable[Change]) -> None:
        unfinished = self.folder / f".{HISTORY}-{os.getpid()}"
        unfinished.write_text("".join(f"{json.dumps(asdict(c))}\n" for c in changes), encoding="utf-8")
        unfinished.replace(self.folder / HISTORY)


def looks_whole(path: Path) -> None:
    """A look at the archive, to its end. Raises ConductorError when it is no Rasa model."""
    try:
        with tarfile.open(path) as archive:
            whole = any(member.name.lstrip("./") == METADATA for member in archive)
    except (OSError, tarfile.TarError, EOFError) as error:
        raise ConductorError(f"'{path}' can't be read: {error}.", "Train it again: conductor train --force") from error
    if not whole:
        raise ConductorError(f"'{path}' is no Rasa model: it has no {METADATA}.", "Train it again: conductor train")
