"""Which version's code is the one before: the latest release's (a tag such as v1.2.0), or, before the first, the commit
in PREVIOUS."""

from __future__ import annotations

import subprocess
from pathlib import Path

RECORDED = Path(__file__).with_name("PREVIOUS")


def previous_commit(repository: Path, recorded: Path = RECORDED) -> str:
    """A release that stands at this very commit is not the one before."""
    tag = _git(repository, "describe", "--tags", "--match", "v[0-9]*", "--abbrev=0", "HEAD^")
    return _git(repository, "rev-list", "-n", "1", tag) if tag else recorded.read_text(encoding="utf-8").strip()


def _git(repository: Path, *words: str) -> str:
    """What git answers; "" when it has no answer."""
    done = subprocess.run(["git", *words], cwd=repository, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
