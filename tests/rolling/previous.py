"""Which version's code is the one before: the newest release's (a tag such as v1.2.0) in this commit's history, or,
before the first, the commit in PREVIOUS. Without history nobody can say: then the test is skipped with the way to mend
that, or fails where NEEDS_HISTORY says so (a release's own CI)."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

RECORDED = Path(__file__).with_name("PREVIOUS")
RELEASES = "v[0-9]*"
FETCH = (
    "The version before can't be found here: the history is cut off, or there is none. In a clone: git fetch --tags "
    "--unshallow (in GitHub's checkout action: fetch-depth: 0, with tags). An archive without .git can't be tested so."
)
FETCH_TAGS = "This clone has no releases' tags, and its origin has: git fetch --tags"


def previous_commit(repository: Path, recorded: Path = RECORDED) -> str:
    """A release that stands at this very commit is not the one before."""
    before = ("-c", "versionsort.suffix=-", "tag", "--list", RELEASES, "--merged", "HEAD^", "--sort=-version:refname")
    tags = _git(repository, *before).splitlines()
    return _git(repository, "rev-list", "-n", "1", tags[0]) if tags else recorded.read_text(encoding="utf-8").strip()


def what_is_missing(repository: Path, commit: str) -> str:
    """What has to be fetched so that `commit` is the version before, in a sentence; "" when nothing is."""
    whole = _git(repository, "rev-parse", "--is-shallow-repository") == "false"
    if not whole or not _git(repository, "rev-parse", "--verify", f"{commit}^{{commit}}"):
        return FETCH
    if not _git(repository, "tag", "--list", RELEASES) and _git(repository, "ls-remote", "--tags", "origin", RELEASES):
        return FETCH_TAGS
    return ""


def insist(missing: str, environment: Mapping[str, str]) -> None:
    """Where something is missing the test is skipped: an archive or a shallow clone is tested all the same. Where a
    release is made nobody would see that, so NEEDS_HISTORY=1 makes it fail."""
    if not missing:
        return
    if environment.get("NEEDS_HISTORY", "") not in ("", "0"):
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing)


def _git(repository: Path, *words: str) -> str:
    """What git answers; "" when it has no answer. It asks nobody for a password."""
    alone = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    done = subprocess.run(["git", *words], cwd=repository, env=alone, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
