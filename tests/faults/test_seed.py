"""What failed at random can be repeated: the seed is said before, in the account, and in a failure."""

from __future__ import annotations

import re
import subprocess
from types import SimpleNamespace
from typing import Any

import pytest

from tests.deploy.files import ROOT
from tests.faults.conftest import pytest_runtest_makereport
from tests.faults.crowd import AGAIN, SEED


def test_make_says_the_seed_first_and_hands_on_the_same() -> None:
    shown = subprocess.run(
        ["make", "--dry-run", "--old-file=env", "--old-file=train", "faults"], cwd=ROOT, capture_output=True, text=True
    ).stdout
    recipe = shown[shown.index("seed=") :].replace(".venv/bin/pytest", "sh -c 'echo $FAULTS_SEED' #")
    said = subprocess.run(["bash", "-c", recipe], capture_output=True, text=True, check=True).stdout
    first, handed_on = said.splitlines()
    found = re.search(r"^Seed (\d+)\..*FAULTS_SEED=(\d+) make faults$", first)
    assert found is not None
    assert found[1] == found[2] == handed_on


@pytest.mark.parametrize(("fixtures", "failed", "says"), [
    (["impatient"], True, [("Repeat", AGAIN)]),
    (["impatient"], False, []),
    (["backend"], True, []),
])  # fmt: skip
def test_a_failure_says_how_to_repeat_it(fixtures: list[str], failed: bool, says: list[Any]) -> None:
    assert f"FAULTS_SEED={SEED} " in AGAIN
    report = SimpleNamespace(failed=failed, sections=[])
    hook = pytest_runtest_makereport(SimpleNamespace(fixturenames=fixtures))  # type: ignore[arg-type]
    next(hook)
    with pytest.raises(StopIteration):
        hook.send(SimpleNamespace(get_result=lambda: report))  # type: ignore[attr-defined]
    assert report.sections == says
