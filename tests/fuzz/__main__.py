"""Fuzz the parsers that face the internet: `python -m tests.fuzz [SECONDS] [SEED]`, in seconds of CPU.

A finding is written to `tests/fuzz/corpus/<door>/`: mend it, and leave it there."""

from __future__ import annotations

import hashlib
import random
import sys
import time
import traceback
from collections import Counter

from tests.fuzz.doors import DOORS, knock
from tests.fuzz.mutate import damaged
from tests.fuzz.seeds import CORPUS, seeds


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    chance = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns())
    known, tried, found = {door: seeds(door) for door in DOORS}, Counter[str](), {}
    while time.process_time() < seconds:
        for door in DOORS:
            data = damaged(chance.choice(known[door]), chance)
            tried[door] += 1
            try:
                knock(door, data)
            except Exception as error:
                place = traceback.extract_tb(error.__traceback__)[-1]
                where = f"{door}: {type(error).__name__} at {place.filename}:{place.lineno}"
                if where not in found:
                    found[where] = data
                    file = CORPUS / door / hashlib.sha256(data).hexdigest()[:12]
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(data)
                    print(where, file, flush=True)
    print(f"{sum(tried.values())} inputs in {time.process_time():.0f} s of CPU, {len(found)} findings")


main()
