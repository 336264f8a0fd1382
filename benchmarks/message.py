"""A survey message, ours beside stock Rasa and beside the floor: CPU seconds of the servers, and the customer's wait.

    python -m benchmarks.message [--full] [--without-stock]

Signed SMS webhook → the answer is stored → the reply arrives at the provider. All three store in the same
PostgreSQL; customers and provider are this process (`benchmarks/parts/customers.py`).

- ours: one `conductor serve`.
- stock: the same eight questions as a Rasa form, `rasa run` and `rasa run actions`, SQLTrackerStore
  (`benchmarks/stock_rasa/`).
- floor: Sanic, the signature, one committed row; nothing is understood, nothing sent (`benchmarks/message_floor.py`).
- floor with Rasa: the same, and Rasa's own turn: what no bot on Rasa can go below. It explains what is left to the
  floor.

Rounds are interleaved (ours, stock, floor, ours, …), so that what else the machine does meets all of them. *Closed
loop*: each customer answers at once, for ever; from it come the CPU seconds. *Thinking*: customers pause 0.3 to 1 s,
which leaves stock Rasa time to breathe; from it come the waits. PostgreSQL's own processes are counted apart.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.parts import customers, machine, servers
from benchmarks.parts.customers import Load, Provider
from benchmarks.parts.postgres import Postgres, postgres
from benchmarks.parts.processes import Meter
from benchmarks.parts.servers import Running
from benchmarks.parts.stock import stock

CLOSED, THINKING = "closed loop", "thinking"
TARGETS = {"cpu": 1 / 5, "p99": 1 / 3, "floor": 4.0}


@dataclass
class Cost:
    """What one server's rounds came to: seconds."""

    cpu: float = 0.0
    database: float = 0.0
    wall: float = 0.0
    waits: list[float] = field(default_factory=list)

    def each(self, seconds: float) -> float:
        """Milliseconds a message."""
        return seconds / len(self.waits) * 1e3

    def wait(self, share: float) -> float:
        """Milliseconds that this share of the messages stays below."""
        ordered = sorted(self.waits)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1e3


Costs = dict[tuple[str, str], Cost]


async def measure(provider: Provider, server: Running, load: Load, database: Postgres, cost: Cost) -> None:
    """One round of one server."""
    meter, begun = Meter(server.pids, database.pid, server.database), time.perf_counter()
    cost.waits += await customers.run(provider, server, load)
    cost.wall += time.perf_counter() - begun
    cpu, backends = meter.read()
    cost.cpu, cost.database = cost.cpu + cpu, cost.database + backends


async def rounds(there: Sequence[Running], provider: Provider, database: Postgres, full: bool) -> Costs:
    """All rounds, interleaved. The same customers say the same to each server."""
    number, surveys = (8, 4) if full else (4, 2)
    costs: Costs = {(server.name, kind): Cost() for server in there for kind in (CLOSED, THINKING)}
    async with provider:
        await customers.patient_session(provider)
        for server in there:  # warm
            await customers.run(provider, server, Load(4, 2))
        for seed in range(number):
            for kind, load in (
                (CLOSED, Load(6, surveys, seed=seed)),
                (THINKING, Load(6, 1, (0.3, 1.0), seed=seed)),
            ):
                for server in there:
                    await measure(provider, server, load, database, costs[server.name, kind])
    return costs


def report(costs: Costs) -> bool:
    """Print the tables. Returns whether the targets are met."""
    print(f"\n{'':<22} {'n':>6} {'CPU ms':>8} {'PostgreSQL':>10} {'a second':>9} {'p50 ms':>8} {'p99 ms':>8}")
    for (name, kind), cost in sorted(costs.items(), key=lambda item: item[0][1]):
        rate = len(cost.waits) / cost.wall
        figures = f"{cost.each(cost.cpu):>8.2f} {cost.each(cost.database):>10.2f} {rate:>9.0f}"
        print(f"{name + ', ' + kind:<22} {len(cost.waits):>6} {figures} {cost.wait(0.5):>8.0f} {cost.wait(0.99):>8.0f}")
    met = []
    ours, floor = costs["ours", CLOSED], costs["floor", CLOSED]
    if ("stock", CLOSED) in costs:
        stocks, waits = costs["stock", CLOSED], costs["stock", THINKING].wait(0.99)
        ratio = ours.each(ours.cpu) / stocks.each(stocks.cpu)
        met.append(said("CPU a message, ours : stock", ratio, TARGETS["cpu"]))
        met.append(said("p99, ours : stock", costs["ours", THINKING].wait(0.99) / waits, TARGETS["p99"]))
    met.append(said("CPU a message, ours : floor", ours.each(ours.cpu) / floor.each(floor.cpu), TARGETS["floor"]))
    rasa = costs["floor with Rasa", CLOSED]
    for name, cost in (("ours", ours), ("floor with Rasa", rasa)):
        beside = cost.each(cost.cpu) - floor.each(floor.cpu)
        print(f"{name}: {beside:.2f} ms above the floor ({beside / floor.each(floor.cpu):.1f} floors)")
    print(f"CPU a message, ours : floor with Rasa: {ours.each(ours.cpu) / rasa.each(rasa.cpu):.2f}")
    return all(met)


def said(what: str, ratio: float, target: float) -> bool:
    """Print a ratio and its target."""
    met = ratio <= target
    print(f"{what}: {ratio:.3f} (to reach: {target:.3f}) {'reached' if met else 'NOT REACHED'}")
    return met


def main() -> int:
    """Start all, measure, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="four times as many messages")
    parser.add_argument("--without-stock", action="store_true", help="ours and the floor alone: a minute")
    wanted = parser.parse_args()
    port = servers.free_port()
    provider = f"http://127.0.0.1:{port}"
    print(machine.line())
    with postgres() as database, contextlib.ExitStack() as started:
        there = [started.enter_context(servers.ours(database.create("ours"), provider))]
        if not wanted.without_stock:
            database.create("stock")
            there.append(started.enter_context(stock(database.socket, "stock", provider)))
        there.append(started.enter_context(servers.floor(database.create("floor"))))
        there.append(started.enter_context(servers.floor(database.create("rasa"), "floor with Rasa", "--rasa")))
        for server in there:
            print(f"{server.name}: {server.started:.1f} s to the first answer")
        costs = asyncio.run(rounds(there, customers.provider(port), database, wanted.full))
        met = report(costs)
    print(machine.line())
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
