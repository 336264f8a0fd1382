"""The encoders on this machine: installed ones, each in a folder of its own, and which of them is in use.

    FOLDER/<name>/model.onnx, tokenizer.json, encoder.json
    FOLDER/in_use.json     {"name": …, "sha256": …}: shapes the model, so it is one of training's inputs

Encoders in the catalogue are downloaded from their publisher at a fixed revision; what arrives is used only if its
SHA-256 is the one written here. Nothing is loaded or run before that.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any
from urllib.error import URLError

import yaml

from bot.errors import ConductorError
from bot.rasa_glue.nlu.encoder import FACTS, EncoderFacts, SentenceEncoder, digest

CATALOGUE = Path(__file__).with_name("encoders.yml")
VARIABLE = "CONDUCTOR_ENCODERS"
IN_USE = "in_use.json"
CHUNK = 1 << 20
PATIENCE = 60
"""Seconds without a byte until a download is given up."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class File:
    """One file of an encoder: where it is below the publisher's address, its length in bytes, its SHA-256 in hex."""

    name: str
    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Offer:
    """An encoder that can be downloaded. `url` holds the revision; `facts` become its encoder.json."""

    name: str
    url: str
    revision: str
    licence: str
    about: str
    files: tuple[File, ...]
    facts: Mapping[str, Any]

    @property
    def megabytes(self) -> float:
        return sum(file.bytes for file in self.files) / 1e6


def catalogue(path: Path = CATALOGUE) -> dict[str, Offer]:
    """The encoders that can be downloaded, by name."""
    raw: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {name: _offer(name, entry) for name, entry in raw.items()}


def _offer(name: str, entry: Mapping[str, Any]) -> Offer:
    files = tuple(File(key, f["path"], int(f["bytes"]), f["sha256"]) for key, f in entry["files"].items())
    facts = {"name": name, **entry["facts"]}
    return Offer(name, entry["url"], entry["revision"], entry["licence"], entry["about"], files, facts)


def home(root: Path) -> Path:
    """Where encoders are kept: CONDUCTOR_ENCODERS, else models/encoders below the project's root."""
    named = os.environ.get(VARIABLE, "").strip()
    return Path(named) if named else root / "models" / "encoders"


def in_use(folder: Path) -> str:
    """The name of the encoder that training uses; "" for none. Raises ConductorError when its folder is gone."""
    path = folder / IN_USE
    if not path.is_file():
        return ""
    name = str(json.loads(path.read_text(encoding="utf-8"))["name"])
    if not (folder / name).is_dir():
        raise ConductorError(
            f"'{path}' names the encoder '{name}', which is not there.",
            mend=f"'conductor nlu encoder add {name}' brings it back, '… remove {name}' forgets it.",
        )
    return name


def installed(folder: Path) -> list[EncoderFacts]:
    """What is there, by name."""
    if not folder.is_dir():
        return []
    found = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    return [EncoderFacts.read(path) for path in found]


@cache
def loaded(folder: Path) -> SentenceEncoder:
    """An encoder, loaded once in a process: training and cross-validation share it."""
    return SentenceEncoder(folder)


def chosen(wish: str, root: Path) -> SentenceEncoder | None:
    """The encoder that config.yml asks for. "installed": the one in use, if any; "none"; else a folder. Raises
    ConductorError."""
    if wish == "none":
        return None
    if wish != "installed":
        return loaded((root / wish).resolve())
    name = in_use(home(root))
    return loaded((home(root) / name).resolve()) if name else None


def add_folder(source: Path, folder: Path) -> EncoderFacts:
    """Install a copy of a folder, and use it. Raises ConductorError when it is no encoder that can be loaded."""
    facts = EncoderFacts.read(source)
    with _being_made(folder) as made:
        for path in source.iterdir():
            if path.is_file():
                shutil.copy(path, made.path)
        made.finish(facts.name)
    return facts


def add_offer(offer: Offer, folder: Path, tell: Tell, address: str = "") -> EncoderFacts:
    """Download, check, install and use an encoder. `address` takes the place of the publisher's (a mirror).

    Raises ConductorError when it can't be reached or a file is not the one that was pinned."""
    base = (address or offer.url).rstrip("/") + f"/{offer.revision}/"
    with _being_made(folder) as made:
        for file in offer.files:
            tell(f"{base}{file.path} ({file.bytes / 1e6:.1f} MB)")
            download(base + file.path, made.path / file.name, file)
        (made.path / FACTS).write_text(json.dumps(dict(offer.facts), indent=2) + "\n", encoding="utf-8")
        made.finish(offer.name)
    return EncoderFacts.read(folder / offer.name)


def remove(name: str, folder: Path) -> None:
    """Delete an encoder; if it was in use, none is from now on. Raises ConductorError when it is unknown."""
    marker = folder / IN_USE
    used = str(json.loads(marker.read_text(encoding="utf-8"))["name"]) if marker.is_file() else ""
    known = [facts.name for facts in installed(folder)]
    if name not in known and name != used:
        raise ConductorError(f"No encoder '{name}' is installed.", mend=f"Installed: {', '.join(known) or 'none'}.")
    if name == used:
        marker.unlink()
    if name in known:
        shutil.rmtree(folder / name)


def download(url: str, target: Path, expected: File) -> None:
    """Fetch one file to `target`. Raises ConductorError unless it is exactly the expected one; nothing is kept then."""
    if not url.startswith(("https://", "http://")):
        raise ConductorError(f"'{url}' is no http address.")
    total = hashlib.sha256()
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer, target.open("wb") as out:  # noqa: S310
            length = _copy(answer, out, total, expected.bytes)
    except (URLError, OSError) as error:
        target.unlink(missing_ok=True)
        raise ConductorError(
            f"{url} can't be fetched: {error}",
            mend="Fetch the files on another machine, and give their folder: 'conductor nlu encoder add FOLDER'.",
        ) from error
    if length != expected.bytes or total.hexdigest() != expected.sha256:
        target.unlink(missing_ok=True)
        raise ConductorError(
            f"{url} is not the file that was pinned: {length} bytes, SHA-256 {total.hexdigest()}; expected "
            f"{expected.bytes} bytes, {expected.sha256}. Nothing was installed.",
            mend="Try again; if it stays so, somebody changed the file, or stands between you and its publisher.",
        )


def _copy(source: IO[bytes], target: IO[bytes], total: Any, most: int) -> int:
    """Copy at most `most` bytes and a little more: a server that never ends does not fill the disk."""
    length = 0
    while length <= most and (part := source.read(CHUNK)):
        total.update(part)
        target.write(part)
        length += len(part)
    return length


class _being_made:
    """A folder that appears under its name when it is whole, and leaves nothing behind when it fails."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.path = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))

    def __enter__(self) -> _being_made:
        return self

    def finish(self, name: str) -> None:
        """Load it once to see that it works, put it in its place, and use it."""
        if not name or "/" in name or name.startswith("."):
            raise ConductorError(f"'{name}' is no name for an encoder.", mend="Give it another one in encoder.json.")
        SentenceEncoder(self.path).vector("hello")
        place = self._folder / name
        shutil.rmtree(place, ignore_errors=True)
        self.path.rename(place)
        about = {"name": name, "sha256": digest(place)}
        (self._folder / IN_USE).write_text(json.dumps(about) + "\n", encoding="utf-8")

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
