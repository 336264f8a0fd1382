"""Fuzz every parser that faces the internet: `make fuzz`, or `python -m tests.fuzz [SECONDS] [DOOR …]`, in seconds
of CPU a door. What was learnt stays in .cache/fuzz for the next time; a finding is written to
`tests/fuzz/corpus/<door>/found-…`: mend it, and leave it there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORK = ROOT / ".cache" / "fuzz"
ATHERIS = ROOT / ".tools" / "fuzz"


def main() -> int:
    seconds = sys.argv[1] if len(sys.argv) > 1 else "60"
    WORK.mkdir(parents=True, exist_ok=True)
    notes = WORK / "notes.jsonl"
    before = notes.read_text().splitlines() if notes.exists() else []
    for door in sys.argv[2:] or _doors():
        _run("tests.fuzz.guided", door, seconds, str(WORK))
    lines = [json.loads(line) for line in notes.read_text().splitlines()[len(before) :]]
    for line in lines:
        print(f"{line['door']:18} {line['seconds']:5} s {line['inputs']:10} inputs  {'; '.join(line['found'])}")
    found = sum(len(line["found"]) for line in lines)
    print(f"{sum(line['seconds'] for line in lines)} s of CPU, {found} findings")
    return int(found > 0)


def _doors() -> list[str]:
    code = "from tests.fuzz.doors import DOORS; print(*DOORS)"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.split()


def _run(module: str, *arguments: str) -> None:
    environment = {**os.environ, "PYTHONPATH": f"{ATHERIS}:{ROOT}", "RASA_TELEMETRY_ENABLED": "false"}
    with (WORK / f"{arguments[0]}.log").open("a") as log:
        command = [sys.executable, "-W", "ignore", "-m", module, *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
    if done.returncode:
        print(f"{arguments[0]}: the fuzzer ended by itself ({done.returncode}); {log.name} says why", flush=True)


if __name__ == "__main__":
    sys.exit(main())
