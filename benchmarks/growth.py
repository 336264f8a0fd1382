"""A message costs the same late in a long conversation, and with a full database.

    python -m benchmarks.growth [--full]

On PostgreSQL, `conductor serve`, whole surveys in a closed loop; rounds are interleaved.

- turns: customers whose conversation has 1, 100 and 1,000 messages already, with their replies.
- responses: a database with 1 thousand stored responses, and one with a million (a hundred thousand without --full),
  each response with its contact, conversation, messages, replies and three answers. Two servers, one for each.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys

from benchmarks.message import Cost, measure
from benchmarks.parts import customers, filling, machine, servers
from benchmarks.parts.customers import Load, Provider
from benchmarks.parts.postgres import Postgres, postgres
from benchmarks.parts.servers import Running

MOST = 1.2
TURNS = (1, 100, 1_000)
NAMES = ("1 thousand responses", "many responses")


async def turns(provider: Provider, server: Running, database: Postgres, rounds: int) -> dict[int, Cost]:
    """Costs for each length of conversation."""
    costs = {length: Cost() for length in TURNS}
    for number in range(rounds):
        for length, cost in costs.items():
            load = Load(6, 2, seed=number)
            asked = customers.reserve(load.customers * load.surveys)
            await asyncio.to_thread(filling.history, database, server.database, asked, length)
            await measure(provider, server, load, database, cost)
    return costs


async def stored(provider: Provider, there: list[Running], database: Postgres, rounds: int) -> dict[str, Cost]:
    """Costs for each database."""
    costs = {server.name: Cost() for server in there}
    for number in range(rounds):
        for server in there:
            await measure(provider, server, Load(6, 2, seed=number), database, costs[server.name])
    return costs


async def both(
    provider: Provider, there: list[Running], database: Postgres, rounds: int
) -> tuple[dict[int, Cost], dict[str, Cost]]:
    """Both comparisons."""
    async with provider:
        await customers.patient_session(provider)
        for server in there:
            await customers.run(provider, server, Load(6, 3))
        return await turns(provider, there[0], database, rounds), await stored(provider, there, database, rounds)


def table(what: str, costs: dict[int, Cost] | dict[str, Cost]) -> bool:
    """Print a comparison. Returns whether the last costs at most `MOST` times the first."""
    for name, cost in costs.items():
        total = cost.each(cost.cpu + cost.database)
        print(
            f"{what} {name!s:<22} n {len(cost.waits):>5}  CPU {cost.each(cost.cpu):6.2f} ms  "
            f"PostgreSQL {cost.each(cost.database):5.2f} ms  together {total:6.2f} ms  p50 {cost.wait(0.5):5.0f} ms"
        )
    first, *_, last = costs.values()
    ratio = last.each(last.cpu + last.database) / first.each(first.cpu + first.database)
    print(f"{what}, last : first = {ratio:.2f} (to reach: {MOST}) {'reached' if ratio <= MOST else 'NOT REACHED'}\n")
    return ratio <= MOST


def main() -> int:
    """Fill, measure, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="a million responses, and more rounds")
    full = parser.parse_args().full
    port = servers.free_port()
    provider = f"http://127.0.0.1:{port}"
    print(machine.line())
    with postgres() as database, contextlib.ExitStack() as started:
        there = []
        for name, (label, many) in zip(NAMES, (("few", 1_000), ("many", 1_000_000 if full else 100_000)), strict=True):
            url = database.create(label)
            filling.responses(database, label, url, many)
            there.append(started.enter_context(servers.ours(url, provider, name)))
        length, size = asyncio.run(both(customers.provider(port), there, database, 8 if full else 4))
        met = [table("turns:", length), table("stored:", size)]
    print(machine.line())
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
