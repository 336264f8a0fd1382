"""The house around the code: what a clean clone, the lock, the menu and the texts at the root promise each other."""

from __future__ import annotations

import re
import socket
import subprocess
from pathlib import Path

import pytest
import tomli
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from channels.testing import is_this_machine
from tests.chromium import find_chromium

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomli.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
LOCK = (ROOT / "requirements.lock").read_text()
LOCKED = {
    canonicalize_name(name): version for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", LOCK, re.M)
}
DIRECT = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
PYTHON = (ROOT / ".python-version").read_text().strip()
MAKEFILE = (ROOT / "Makefile").read_text()

# In halves, so that this file does not name what it forbids.
REGISTRY_HOSTS = tuple(
    "".join(halves)
    for halves in (("py", "pi.org"), ("python", "hosted.org"), ("registry.npm", "js"), ("deb.", "debian.org"))
)


def files_of_the_project() -> list[Path]:
    """What is committed, or would be by `git add .`."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.mark.parametrize("line", DIRECT)
def test_the_lock_holds_every_direct_dependency(line: str) -> None:
    wanted = Requirement(line)
    locked = LOCKED.get(canonicalize_name(wanted.name))
    assert locked, f"{wanted.name} is in pyproject.toml, but not in requirements.lock: run 'make lock'"
    assert wanted.specifier.contains(locked, prereleases=True), f"{wanted} does not allow {locked}: run 'make lock'"


def test_every_locked_package_has_hashes() -> None:
    for entry in re.split(r"\n(?=[A-Za-z0-9])", LOCK):
        assert entry.startswith("#") or "--hash=sha256:" in entry, entry.splitlines()[0]


def test_the_lock_says_how_it_is_made_and_names_no_index() -> None:
    assert "make lock" in LOCK[:200]
    assert "index-url" not in LOCK
    assert "://" not in LOCK


def test_one_python_version_everywhere() -> None:
    assert SpecifierSet(PROJECT["requires-python"]).contains(f"{PYTHON}.0")
    assert PYPROJECT["tool"]["mypy"]["python_version"] == PYTHON
    assert PYPROJECT["tool"]["ruff"]["target-version"] == f"py{PYTHON.replace('.', '')}"


def test_no_file_names_a_package_registry() -> None:
    naming = [
        f"{path.relative_to(ROOT)}: {host}"
        for path in files_of_the_project()
        for host in REGISTRY_HOSTS
        if host.encode() in path.read_bytes()
    ]
    assert naming == [], "use the clients as they are set up on the machine; don't write registry addresses down"


def test_make_alone_lists_every_target() -> None:
    targets = set(re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.M)[1].split())
    menu = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^  make (\S+)", menu, re.M)) == targets
    assert targets >= {"env", "run", "test", "lint", "lock", "train", "format", "bench", "surveys", "clean"}


def test_ci_lints_and_tests_with_a_script_that_bash_understands() -> None:
    subprocess.run(["bash", "-n", ".ci/run"], cwd=ROOT, check=True)
    script = (ROOT / ".ci/run").read_text()
    assert "set -euo pipefail" in script
    assert "make lint" in script
    assert "make test" in script


def test_the_licence_is_the_one_that_the_package_names() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert PROJECT["license"]["text"] == "Apache-2.0"
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_changelog_has_this_version() -> None:
    assert f"## [{PROJECT['version']}]" in (ROOT / "CHANGELOG.md").read_text()


def test_the_index_of_decisions_is_whole() -> None:
    decisions = {path.name for path in (ROOT / "docs/adr").glob("[0-9]*.md")}
    index = set(re.findall(r"\]\((\d{4}-[^)]+\.md)\)", (ROOT / "docs/adr/README.md").read_text()))
    assert index == decisions


@pytest.mark.parametrize(
    ("address", "here"),
    [
        (("127.0.0.1", 80), True),
        (("127.8.8.8", 80), True),
        (("::1", 80, 0, 0), True),
        (("localhost", 80), True),
        ("/run/a.socket", True),
        (("192.0.2.1", 80), False),
        (("10.0.0.1", 80), False),
        (("example.com", 80), False),
    ],
)
def test_what_counts_as_this_machine(address: object, here: bool) -> None:
    assert is_this_machine(address) is here


def test_a_test_cannot_reach_another_machine() -> None:
    with socket.socket() as caller, pytest.raises(AssertionError, match="this machine only"):
        caller.connect(("192.0.2.1", 9))


def test_a_browser_named_in_the_environment_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/opt/mine/chrome")
    assert find_chromium() == "/opt/mine/chrome"


def test_without_any_browser_none_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr("tests.chromium.shutil.which", lambda command: None)
    monkeypatch.setattr("tests.chromium.PLACES", ())
    assert find_chromium() is None
