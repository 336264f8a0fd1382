"""A campaign is planned and queued: `conductor invite --contacts FILE`, on PostgreSQL.

    python -m benchmarks.campaign [--contacts 100000]

A tenth of the contacts first, then all of them, in a database of their own each: seconds, CPU seconds, and the most
memory that the command held. Memory is flat when ten times the contacts need hardly more.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.parts import machine
from benchmarks.parts.postgres import Postgres, postgres
from benchmarks.parts.processes import cpu_seconds, tree
from benchmarks.parts.servers import ACCOUNT, ROOT, environment

LONGEST_SECONDS = 60.0
MOST_GROWTH = 1.2
CONDUCTOR = [sys.executable, "-m", "bot.cli"]
SURVEY = ROOT / "benchmarks" / "surveys" / "relationship_nps.yml"


@dataclass(frozen=True)
class Planned:
    """What one file cost. `cpu`: of the command; `database`: of PostgreSQL, with what it does beside."""

    contacts: int
    seconds: float
    cpu: float
    database: float
    memory_mb: float


def plan(database: Postgres, contacts: int, folder: Path) -> Planned:
    """Invite so many new contacts."""
    url = database.create(f"campaign{contacts}")
    variables = environment({**ACCOUNT, "CONDUCTOR_PUBLIC_URL": "https://surveys.example", "DATABASE_URL": url})
    publish = [*CONDUCTOR, "survey", "publish", str(SURVEY)]
    subprocess.run(publish, cwd=ROOT, env=variables, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    file = folder / f"{contacts}.csv"
    with file.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["name", "language", "external_id", "address", "tier"])
        rows.writerows([f"N{n}", "en", f"c{n}", f"+1415{2000000 + n}", "gold"] for n in range(contacts))
    command = [*CONDUCTOR, "invite", "--survey", "relationship_nps", "--channel", "sms", "--contacts", str(file)]
    before, begun = cpu_seconds(tree([database.pid])), time.perf_counter()
    running = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        raise RuntimeError(f"conductor invite ended with {running.returncode}")
    passed, theirs = time.perf_counter() - begun, cpu_seconds(tree([database.pid])) - before
    return Planned(contacts, passed, used.ru_utime + used.ru_stime, theirs, used.ru_maxrss / 1e3)


def main() -> int:
    """Plan both, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--full", action="store_true", help="the same: there is nothing to leave out")
    many = parser.parse_args().contacts
    print(machine.line())
    with postgres() as database, tempfile.TemporaryDirectory() as folder:
        few, all_ = (plan(database, count, Path(folder)) for count in (many // 10, many))
    for one in (few, all_):
        print(
            f"{one.contacts:>8} contacts: {one.seconds:6.1f} s, CPU {one.cpu:6.1f} s, PostgreSQL {one.database:.1f} s, "
            f"{one.memory_mb:6.1f} MB at most"
        )
    growth = all_.memory_mb / few.memory_mb
    print(f"memory, all : a tenth = {growth:.2f} (to reach: {MOST_GROWTH}); at most {LONGEST_SECONDS:.0f} s")
    print(machine.line())
    return 0 if all_.seconds < LONGEST_SECONDS and growth <= MOST_GROWTH else 1


if __name__ == "__main__":
    sys.exit(main())
