"""A campaign is planned and queued: `conductor invite --contacts FILE`, on PostgreSQL.

    python -m benchmarks.campaign [--contacts 100000] [--workers 2]

A tenth of the contacts first, then all of them, in a database of their own each: seconds, CPU seconds, and the most
memory that the command held. Memory is flat when ten times the contacts need hardly more. With workers (and Redis) they
plan; the command stores the file and waits. Their CPU seconds are counted with the command's, their start is not.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.parts import machine
from benchmarks.parts.postgres import Postgres, postgres
from benchmarks.parts.processes import cpu_seconds, tree
from benchmarks.parts.servers import ACCOUNT, ROOT, environment, worker
from bot.coordination.look import look
from tests.backends import redis_server

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


def plan(database: Postgres, contacts: int, folder: Path, workers: int) -> Planned:
    """Invite so many new contacts."""
    with ExitStack() as started:
        redis = {"REDIS_URL": started.enter_context(redis_server()).url} if workers else {}
        return _plan(database, contacts, folder, started, workers, redis)


def _plan(
    database: Postgres, contacts: int, folder: Path, started: ExitStack, workers: int, redis: dict[str, str]
) -> Planned:
    url = database.create(f"campaign{contacts}")
    variables = environment(
        {**ACCOUNT, "CONDUCTOR_PUBLIC_URL": "https://surveys.example", "DATABASE_URL": url, **redis}
    )
    publish = [*CONDUCTOR, "survey", "publish", str(SURVEY)]
    subprocess.run(publish, cwd=ROOT, env=variables, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    file = folder / f"{contacts}.csv"
    with file.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["name", "language", "external_id", "address", "tier"])
        rows.writerows([f"N{n}", "en", f"c{n}", f"+1415{2000000 + n}", "gold"] for n in range(contacts))
    command = [*CONDUCTOR, "invite", "--survey", "relationship_nps", "--channel", "sms", "--contacts", str(file)]
    pids = [started.enter_context(worker(url, "http://127.0.0.1:9", **redis)) for _ in range(workers)]
    while workers and _alive(redis["REDIS_URL"]) < workers:
        time.sleep(0.5)
    theirs_before = sum(cpu_seconds(tree([pid])) for pid in pids)
    before, begun = cpu_seconds(tree([database.pid])), time.perf_counter()
    running = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        raise RuntimeError(f"conductor invite ended with {running.returncode}")
    passed, theirs = time.perf_counter() - begun, cpu_seconds(tree([database.pid])) - before
    workers_cpu = sum(cpu_seconds(tree([pid])) for pid in pids) - theirs_before
    return Planned(contacts, passed, used.ru_utime + used.ru_stime + workers_cpu, theirs, used.ru_maxrss / 1e3)


def _alive(url: str) -> int:
    known = asyncio.run(look(url))
    return int(known["workers"]) if known else 0


def main() -> int:
    """Plan both, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--full", action="store_true", help="the same: there is nothing to leave out")
    parser.add_argument("--workers", type=int, default=0)
    given = parser.parse_args()
    many = given.contacts
    print(machine.line())
    with postgres() as database, tempfile.TemporaryDirectory() as folder:
        few, all_ = (plan(database, count, Path(folder), given.workers) for count in (many // 10, many))
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
