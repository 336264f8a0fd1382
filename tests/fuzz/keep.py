"""`python -m tests.fuzz.keep [DOOR …]`: of what `make fuzz` has learnt, the smallest inputs that together reach every
line of ours that all of them reach go to `tests/fuzz/corpus/<door>`, where every run of the tests tries them."""

from __future__ import annotations

import hashlib
import sys
from types import FrameType
from typing import Any

from tests.fuzz.__main__ import WORK
from tests.fuzz.doors import DOORS, knock
from tests.fuzz.seeds import CORPUS, ROOT, seeds

OURS = tuple(f"{ROOT}/{folder}/" for folder in ("bot", "channels", "survey_flows"))
LONGEST = 8_000
"""Bytes of one input; the repository is no place for more."""
Lines = set[tuple[str, int]]


def reached(door: str, data: bytes) -> Lines:
    """The lines of ours that an input runs through."""
    lines: Lines = set()

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        name = frame.f_code.co_filename
        if not name.startswith(OURS):
            return None
        lines.add((name, frame.f_lineno))
        return trace

    sys.settrace(trace)
    try:
        knock(door, data)
    except Exception as error:
        print(f"{door}: {error!r} is still a finding")
    finally:
        sys.settrace(None)
    return lines


def keep(door: str) -> None:
    known: Lines = set()
    for data in seeds(door):
        known |= reached(door, data)
    learnt = sorted((file.read_bytes() for file in (WORK / door).glob("*")), key=len)
    kept = 0
    for data in (one for one in learnt if len(one) <= LONGEST):
        new = reached(door, data) - known
        if new:
            known |= new
            file = CORPUS / door / hashlib.sha256(data).hexdigest()[:12]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
            kept += 1
    print(f"{door}: {kept} of {len(learnt)} kept")


if __name__ == "__main__":
    for name in sys.argv[1:] or DOORS:
        keep(name)
