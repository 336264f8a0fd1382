"""The version before is found by its tag."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.rolling.previous import FETCH, FETCH_TAGS, insist, previous_commit, what_is_missing


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


def test_the_newest_release_counts_not_the_nearest(repository: Path) -> None:
    """A release of a younger version that was merged, and its mend of an older one beside it."""
    recorded = repository / "PREVIOUS"
    newest = commit(repository, "v1.10.0-rc1", "v1.10.0")
    commit(repository, "v1.9.1")
    commit(repository)
    assert previous_commit(repository, recorded) == newest
    git(repository, "checkout", "-q", "--orphan", "other")
    git(repository, "commit", "-q", "--allow-empty", "-m", "another beginning")
    commit(repository)
    recorded.write_text("abc\n", encoding="utf-8")
    assert previous_commit(repository, recorded) == "abc", "a release that is no ancestor"


def clone(repository: Path, folder: Path, *how: str) -> Path:
    git(repository, "clone", "-q", *how, repository.as_uri(), str(folder))
    return folder


def test_a_whole_clone_lacks_nothing(repository: Path, tmp_path: Path) -> None:
    first = commit(repository, "v0.1.0")
    commit(repository)
    assert what_is_missing(clone(repository, tmp_path / "whole"), first) == ""


def test_without_history_it_says_how_to_fetch_it(repository: Path, tmp_path: Path) -> None:
    first = commit(repository)
    last = commit(repository)
    shallow = clone(repository, tmp_path / "shallow", "--depth", "1")
    assert what_is_missing(shallow, first) == FETCH
    assert what_is_missing(shallow, last) == FETCH, "which release is the newest is not to be seen"
    assert what_is_missing(clone(repository, tmp_path / "whole"), "0" * 40) == FETCH
    assert "git fetch --tags --unshallow" in FETCH


def test_an_archive_has_no_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert what_is_missing(tmp_path, "0" * 40) == FETCH


def test_a_clone_without_tags_does_not_take_the_recorded_commit_after_a_release(
    repository: Path, tmp_path: Path
) -> None:
    first = commit(repository)
    assert what_is_missing(clone(repository, tmp_path / "before", "--no-tags"), first) == "", "there is no release yet"
    commit(repository, "v0.1.0")
    assert what_is_missing(clone(repository, tmp_path / "after", "--no-tags"), first) == FETCH_TAGS


@pytest.mark.parametrize("environment", [{}, {"CI": "true"}, {"NEEDS_HISTORY": "0"}])
def test_without_history_it_is_skipped_and_a_release_fails(environment: dict[str, str]) -> None:
    with pytest.raises(pytest.skip.Exception, match="git fetch"):
        insist(FETCH, environment)
    with pytest.raises(pytest.fail.Exception, match="git fetch"):
        insist(FETCH, {**environment, "NEEDS_HISTORY": "1"})
    insist("", {"NEEDS_HISTORY": "1"})
