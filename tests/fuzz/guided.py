"""One door, fuzzed by coverage (atheris): `python -m tests.fuzz.guided DOOR SECONDS WORK`, in seconds of CPU.

`make fuzz` calls it for every door. Inputs that reach something new are kept in `WORK/<door>`; a finding is written to
`tests/fuzz/corpus/<door>/found-…` and fuzzing goes on. atheris is no dependency of ours: `make fuzz` puts it into
.tools/fuzz (docs/security.md)."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import atheris

from tests.fuzz.mutate import NASTY

SLOW_SECONDS = 1.0
"""Of CPU for one input: nobody may keep a server busy by one request."""
_HERE = Path(__file__).parent
_WORD = re.compile(rb"[A-Za-z_:/-]{3,30}")


class Watch:
    """What libFuzzer calls with each input. It notes findings, and ends the process when the time is over."""

    def __init__(self, door: str, knock: Callable[[str, bytes], None], seconds: float, notes: Path) -> None:
        self._door, self._knock, self._notes = door, knock, notes
        self._begun = time.process_time()
        self._end = self._begun + seconds
        self._found: dict[str, str] = {}
        self._inputs = 0

    def __call__(self, data: bytes) -> None:
        before = time.process_time()
        if before > self._end:
            self._over(before)
        self._inputs += 1
        try:
            self._knock(self._door, data)
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            name = Path(place.filename).name
            self._note(f"{type(error).__name__} at {name}:{place.lineno}: {str(error)[:80]}"[:160], data)
        taken = time.process_time() - before
        if taken > SLOW_SECONDS:
            self._note(f"slow: {int(taken)} s or more", data)

    def _note(self, what: str, data: bytes) -> None:
        if what in self._found or len(self._found) > 50:
            return
        file = _HERE / "corpus" / self._door / f"found-{hashlib.sha256(data).hexdigest()[:12]}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        self._found[what] = file.name
        print(f"{self._door}: {what} ({file.name})", flush=True)

    def _over(self, now: float) -> None:
        line = {"door": self._door, "seconds": round(now - self._begun), "inputs": self._inputs, "found": self._found}
        with self._notes.open("a") as notes:
            notes.write(json.dumps(line) + "\n")
        os._exit(0)


def _dictionary(inputs: list[bytes], file: Path) -> None:
    """The words of the seeds, which a mutation may put anywhere."""
    words = sorted({word for data in inputs for word in _WORD.findall(data)}, key=len)[:400]
    nasty = ["".join(f"\\x{byte:02x}" for byte in piece) for piece in NASTY]
    file.write_text("".join(f'"{word}"\n' for word in (*nasty, *(word.decode() for word in words))))


def main() -> None:
    door, seconds, work = sys.argv[1], float(sys.argv[2]), Path(sys.argv[3])
    from bot.rasa_glue.lean_import import install

    install()
    atheris.enabled_hooks.add("str")
    with atheris.instrument_imports(include=["channels", "bot", "survey_flows"]):
        from tests.fuzz.doors import knock
        from tests.fuzz.seeds import seeds
    known = seeds(door)
    for data in known:
        try:
            knock(door, data)  # builds what the door needs, too
        except Exception:
            traceback.print_exc()
    kept, given = work / door, work / "seeds" / door
    for folder in (kept, given):
        folder.mkdir(parents=True, exist_ok=True)
    for data in known:
        (given / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    _dictionary(known, work / f"{door}.dict")
    options = [f"-dict={work}/{door}.dict", "-max_len=20000", "-rss_limit_mb=3000", "-timeout=900", "-verbosity=0"]
    watch = Watch(door, knock, seconds, work / "notes.jsonl")
    atheris.Setup([sys.argv[0], *options, str(kept), str(given)], watch)
    atheris.Fuzz()


main()
