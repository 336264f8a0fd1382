"""What a server costs while nobody writes: milliseconds of CPU a second.

    python -m benchmarks.idle [--full]

A survey is begun and waits for its answer: embedded (SQLite), on PostgreSQL, and on PostgreSQL with
Redis beside a `conductor worker` (the worker is counted by itself).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time

from benchmarks.parts import customers, machine, servers
from benchmarks.parts.customers import OPENING, Provider
from benchmarks.parts.postgres import postgres
from benchmarks.parts.processes import Meter
from benchmarks.parts.servers import Running
from tests.backends import redis_server

MOST, MOST_OF_A_WORKER = 2.0, 5.0


async def idle(provider: Provider, there: list[Running], seconds: float) -> dict[str, float]:
    """Milliseconds a second of each, all of them over the same time."""
    async with provider:
        await customers.patient_session(provider)
        for server in there:
            if server.url:
                await provider.say(server, customers.number(), OPENING, "1 of 8")
        await asyncio.sleep(5)
        meters, begun = {server.name: Meter(server.pids) for server in there}, time.perf_counter()
        await asyncio.sleep(seconds)
        passed = time.perf_counter() - begun
        return {name: meter.read()[0] / passed * 1e3 for name, meter in meters.items()}


def main() -> int:
    """Start all, wait, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="two minutes instead of 30 s")
    seconds = 120.0 if parser.parse_args().full else 30.0
    port = servers.free_port()
    address = f"http://127.0.0.1:{port}"
    print(machine.line())
    with postgres() as database, tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as started:
        redis = started.enter_context(redis_server())
        grown = {"REDIS_URL": redis.url}
        there = [
            started.enter_context(servers.ours(f"sqlite:///{folder}/idle.db", address, "embedded")),
            started.enter_context(servers.ours(database.create("alone"), address, "PostgreSQL")),
            started.enter_context(servers.ours(database.create("grown"), address, "PostgreSQL, Redis", **grown)),
        ]
        pid = started.enter_context(servers.worker(database.url("grown"), address, **grown))
        there.append(Running("worker", "", "", (pid,)))
        found = asyncio.run(idle(customers.provider(port), there, seconds))
    for name, used in found.items():
        print(f"{name}: {used:.1f} ms of CPU a second")
    servers_met = max(used for name, used in found.items() if name != "worker") <= MOST
    met = servers_met and found["worker"] <= MOST_OF_A_WORKER
    print(f"a server at most {MOST} ms a second, a worker {MOST_OF_A_WORKER}: {'reached' if met else 'NOT REACHED'}")
    print(machine.line())
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
