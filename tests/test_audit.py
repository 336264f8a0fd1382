"""The list of known weaknesses is compared with the lock and with what is said about it."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    import sys

    spec = importlib.util.spec_from_file_location("audit", ROOT / "security" / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules["audit"] = found
    spec.loader.exec_module(found)
    return found


LOCK = "thing==1.2.0 ; python_version < '4' \\\n    --hash=sha256:00\nthing==1.4.0 \\\nother==2.0\n"
ONE = "advisories:\n  - {package: thing, id: CVE-2000-1, affected: '<1.3', about: x, reach: never}\n"


def test_our_list_is_in_order(audit: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.main([]) == 0, capsys.readouterr().out


def test_what_is_listed_and_explained_passes(audit: ModuleType) -> None:
    assert list(audit.complaints(audit.advisories(ONE), LOCK, "CVE-2000-1")) == []


@pytest.mark.parametrize(
    ("listed", "lock", "explained", "said"),
    [
        (ONE, "thing==1.3.0 \\\n", "CVE-2000-1", "any more"),
        (ONE, LOCK, "nothing", "not explained"),
        (ONE.replace("never", "outside"), LOCK, "CVE-2000-1", "mended, not accepted"),
        (ONE, LOCK, "CVE-2000-1 and CVE-2000-2", "not on the list"),
    ],
)
def test_what_is_wrong_is_said(audit: ModuleType, listed: str, lock: str, explained: str, said: str) -> None:
    [found] = audit.complaints(audit.advisories(listed), lock, explained)
    assert said in found


def test_what_the_public_database_knows_and_we_do_not(audit: ModuleType) -> None:
    vulns = [
        {"id": "PYSEC-1", "aliases": ["CVE-2000-1"], "fix_versions": ["1.3"]},
        {"id": "GHSA-new", "aliases": ["CVE-2000-9"], "fix_versions": []},
    ]
    report = json.dumps({"dependencies": [{"name": "thing", "version": "1.2.0", "vulns": vulns}]})
    [found] = audit.unlisted(report, audit.advisories(ONE))
    assert found == "thing 1.2.0: CVE-2000-9 GHSA-new, fixed in no version."
