"""The version before is found by its tag."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.rolling.previous import previous_commit


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    return tmp_path


def git(repository: Path, *words: str) -> str:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    done = subprocess.run(["git", *who, *words], cwd=repository, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(repository: Path, *tags: str) -> str:
    git(repository, "commit", "-q", "--allow-empty", "-m", "x")
    for tag in tags:
        git(repository, "tag", "-a", tag, "-m", tag)
    return git(repository, "rev-parse", "HEAD")


def test_the_latest_release_before_this_commit(repository: Path) -> None:
    recorded = repository / "PREVIOUS"
    recorded.write_text("abc\n", encoding="utf-8")
    commit(repository)
    assert previous_commit(repository, recorded) == "abc", "there was no release yet"
    first = commit(repository, "v0.1.0")
    assert previous_commit(repository, recorded) == "abc", "the first release has none before it"
    commit(repository)
    assert previous_commit(repository, recorded) == first
    commit(repository, "try-out")
    second = commit(repository, "v0.2.0")
    assert previous_commit(repository, recorded) == first, "this is v0.2.0 itself"
    commit(repository)
    assert previous_commit(repository, recorded) == second
