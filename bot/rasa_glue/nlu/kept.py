"""Trained classifiers that are kept, so that a changed answer or rule does not train the classifier again.

The key is everything that shapes the classifier: phrasings, intents, settings, the encoder, our code and the
libraries' versions. Training runs of ours say where (`use`); plain `rasa train` keeps nothing.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bot.learning import features, linear
from bot.rasa_glue.nlu import encoder, intent_model, kernel, record, teaching

FOLDER = ".classifiers"
"""Within the folder of models."""
KEPT = 4
LIBRARIES = ("numpy", "scipy", "scikit-learn")
CODE = (features, linear, kernel, encoder, intent_model, teaching, record)

_place: Path | None = None


def use(folder: Path | None) -> None:
    """Keep classifiers in `folder` from now on; None: keep none."""
    global _place
    _place = folder


def key(texts: Sequence[str], intents: Sequence[str], config: Mapping[str, Any], encoder_digest: str) -> str:
    """SHA-256, first 24 hex digits."""
    digest = hashlib.sha256()
    for part in ([*zip(texts, intents, strict=True)], dict(config), encoder_digest, [version(n) for n in LIBRARIES]):
        digest.update(json.dumps(part, sort_keys=True, default=str).encode() + b"\0")
    for module in CODE:
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()[:24]


def fetch(name: str, target: Path) -> bool:
    """Copy the kept classifier into `target`; False when there is none."""
    source = None if _place is None else _place / name
    if source is None or not source.is_dir():
        return False
    shutil.copytree(source, target, dirs_exist_ok=True)
    source.touch()
    return True


def put(name: str, source: Path) -> None:
    """Keep a copy of the classifier in `source`, whole or not at all; the longest unused go."""
    if _place is None:
        return
    _place.mkdir(parents=True, exist_ok=True)
    unfinished = _place / f"unfinished-{name}"
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(source, unfinished)
    shutil.rmtree(_place / name, ignore_errors=True)
    unfinished.rename(_place / name)
    kept = sorted(_place.iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for old in kept[KEPT:]:
        shutil.rmtree(old)
