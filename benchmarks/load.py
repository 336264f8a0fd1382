"""Many conversations at once, for minutes: errors, memory over time, the customers' wait.

    python -m benchmarks.load [--customers 2000] [--minutes 10]

One `conductor serve` on PostgreSQL; customers think 20 to 60 s before each answer, as people do, and begin anew with
another number when a survey is over. There is no baseline: what counts is that nothing fails, and that memory at the
end is what it was after the first minutes (at most 1.1 times).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import sys
import time
from dataclasses import dataclass, field

from benchmarks.parts import customers, machine, servers
from benchmarks.parts.customers import Load, Provider
from benchmarks.parts.postgres import postgres
from benchmarks.parts.processes import Meter, memory_mb
from benchmarks.parts.servers import Running

THINK = (20.0, 60.0)
SAMPLE_SECONDS = 10.0
FLAT = 1.1
WARM = 0.3
"""Share of the time after which memory should not grow any more."""


@dataclass
class Seen:
    """What came of it. `memory`: MB, each ten seconds."""

    waits: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    surveys: int = 0

    def wait(self, share: float) -> float:
        """Milliseconds that this share of the messages stays below."""
        ordered = sorted(self.waits)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1e3


async def customer(provider: Provider, server: Running, seed: int, until: float, seen: Seen) -> None:
    """One survey after the other, until it is time."""
    chance = random.Random(seed)
    await asyncio.sleep(chance.uniform(0, THINK[1]))
    while time.perf_counter() < until:
        try:
            seen.waits += await customers.survey(provider, server, Load(1, 1, THINK), chance)
            seen.surveys += 1
        except Exception as error:
            seen.failures.append(f"{type(error).__name__}: {error}"[:200])


async def watch(server: Running, seen: Seen) -> None:
    """Look at the server's memory for ever."""
    while True:
        seen.memory.append(memory_mb(server.pids))
        await asyncio.sleep(SAMPLE_SECONDS)


async def run(provider: Provider, server: Running, many: int, minutes: float) -> Seen:
    """All at once. Surveys that have begun when the time is over are finished."""
    seen = Seen()
    async with provider:
        await customers.patient_session(provider)
        watching = asyncio.create_task(watch(server, seen))
        until = time.perf_counter() + minutes * 60
        await asyncio.gather(*(customer(provider, server, seed, until, seen) for seed in range(many)))
        watching.cancel()
    return seen


def report(seen: Seen, many: int, seconds: float, cpu: float) -> bool:
    """Print it. Returns whether nothing failed and memory stayed flat."""
    warm, end = seen.memory[int(len(seen.memory) * WARM)], seen.memory[-1]
    each = cpu / max(1, len(seen.waits)) * 1e3
    print(
        f"{many} conversations at once, {seconds / 60:.1f} minutes: {len(seen.waits)} messages, {seen.surveys} surveys"
    )
    print(f"wait p50 {seen.wait(0.5):.0f} ms, p99 {seen.wait(0.99):.0f} ms; server's CPU {each:.1f} ms a message")
    print(f"memory {seen.memory[0]:.0f} MB at rest, {warm:.0f} when warm, {end:.0f} at the end: {end / warm:.2f}")
    print(f"failures: {len(seen.failures)}", *sorted(set(seen.failures))[:5], sep="\n  ")
    return not seen.failures and end <= FLAT * warm


def main() -> int:
    """Start, load, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=2000)
    parser.add_argument("--minutes", type=float, default=10.0)
    wanted = parser.parse_args()
    port = servers.free_port()
    print(machine.line())
    with postgres() as database, contextlib.ExitStack() as started:
        server = started.enter_context(servers.ours(database.create("ours"), f"http://127.0.0.1:{port}"))
        meter, begun = Meter(server.pids), time.perf_counter()
        seen = asyncio.run(run(customers.provider(port), server, wanted.customers, wanted.minutes))
        met = report(seen, wanted.customers, time.perf_counter() - begun, meter.read()[0])
    print(machine.line())
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
