"""Two server processes that share the load cost a message hardly more than one.

    python -m benchmarks.several [--full]

PostgreSQL, Redis, one `conductor worker`, which sends. One server takes all messages; beside it two servers take each
customer's messages in turns, so that every conversation hits both. Each of the two installations has a database, a
Redis and a worker of its own, and the same six customers: what two servers do, each does half of. Rounds are
interleaved, whole surveys in a closed loop, after a warm-up; CPU seconds of servers and worker together (Redis' own and
PostgreSQL's apart). Two more tell what the price consists of: the one server with half of the customers, as busy as
each of the two is (what half idle servers cost); and the two servers with each customer's messages all at one of them
(what two processes on one machine cost that share no conversation). At the end the database is asked whether an answer
is missing, is stored twice, or was taken in another order than it was said.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

import asyncpg

from benchmarks.message import CLOSED, Cost, measure, said
from benchmarks.parts import customers, machine, servers
from benchmarks.parts.customers import ANSWERS, Load, Provider
from benchmarks.parts.postgres import Postgres, postgres
from benchmarks.parts.processes import cpu_seconds, memory_mb, tree
from benchmarks.parts.servers import Running
from tests.backends import RedisServer, redis_server

MOST = 1.1
ALONE = "one, half as busy"
APART = "two, no conversation shared"
TAKEN = """
    SELECT r.conversation_id, array_agg(a.inbox_id ORDER BY a.id) AS said, count(DISTINCT a.question) AS questions
    FROM responses r JOIN answers a ON a.response_id = r.id WHERE r.status = 'completed' GROUP BY r.id
"""
HANDLED = """
    SELECT count(*) FROM inbox earlier JOIN inbox later
      ON later.conversation_id = earlier.conversation_id AND later.id > earlier.id
    WHERE later.done_at < earlier.done_at OR earlier.status <> 'done'
"""


@contextlib.contextmanager
def installation(database: Postgres, name: str, provider: str, redis: RedisServer, many: int) -> Iterator[Running]:
    """So many servers and one worker, on a database of their own."""
    url = database.create(name)
    with contextlib.ExitStack() as started:
        there = [started.enter_context(servers.ours(url, provider, name, REDIS_URL=redis.url)) for _ in range(many)]
        pid = started.enter_context(servers.worker(url, provider, REDIS_URL=redis.url))
        pids = (*(pid for one in there for pid in one.pids), pid)
        yield replace(there[0], pids=pids, others=tuple(one.url for one in there[1:]))


def spent(server: Running) -> tuple[float, float]:
    """CPU seconds of the servers and of the worker, so far."""
    return cpu_seconds(tree(server.pids[:-1])), cpu_seconds(tree(server.pids[-1:]))


def shares(server: Running, took: Sequence[float], cost: Cost) -> str:
    """What servers and worker took of it, and what memory they hold."""
    each = [cost.each(seconds) for seconds in took]
    held = [memory_mb(server.pids[:-1]), memory_mb(server.pids[-1:])]
    return f"servers {each[0]:.2f} ms and {held[0]:.0f} MB, worker {each[1]:.2f} ms and {held[1]:.0f} MB"


async def rounds(
    provider: Provider, there: list[Running], database: Postgres, number: int
) -> tuple[dict[str, Cost], dict[str, str]]:
    """Costs of each installation, and what they consist of."""
    one, two = there
    ways = {one.name: (one, Load(6, 2)), two.name: (two, Load(6, 2)), APART: (two, Load(6, 2, stays=True))}
    ways[ALONE] = one, Load(3, 4)
    costs = {name: Cost() for name in ways}
    took = {name: [0.0, 0.0] for name in ways}
    async with provider:
        await customers.patient_session(provider)
        for server in there:
            await customers.run(provider, server, Load(6, 4))
        for seed in range(number):
            for name, (server, load) in ways.items():
                before = spent(server)
                await measure(provider, server, replace(load, seed=seed), database, costs[name])
                took[name] = [
                    so_far + now - then for so_far, now, then in zip(took[name], spent(server), before, strict=True)
                ]
        return costs, {name: shares(server, took[name], costs[name]) for name, (server, _) in ways.items()}


async def in_order(database: Postgres, name: str) -> tuple[int, int]:
    """Responses that are complete; and what is wrong among them and their messages."""
    connection = await asyncpg.connect(host=database.socket, user="postgres", database=name)
    try:
        found = await connection.fetch(TAKEN)
        wrong = sum(row["questions"] != len(row["said"]) or list(row["said"]) != sorted(row["said"]) for row in found)
        wrong += sum(len(row["said"]) != len(ANSWERS) for row in found)
        return len(found), wrong + await connection.fetchval(HANDLED)
    finally:
        await connection.close()


def main() -> int:
    """Start both, measure, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="three times as many messages")
    number = 12 if parser.parse_args().full else 4
    port = servers.free_port()
    address = f"http://127.0.0.1:{port}"
    print(machine.line())
    with postgres() as database, contextlib.ExitStack() as started:
        there = []
        for name, many in (("one", 1), ("two", 2)):
            redis = started.enter_context(redis_server())
            there.append(started.enter_context(installation(database, name, address, redis, many)))
        costs, parts = asyncio.run(rounds(customers.provider(port), there, database, number))
        stored = {server.name: asyncio.run(in_order(database, server.name)) for server in there}
    for name, cost in costs.items():
        complete, wrong = stored[{ALONE: "one", APART: "two"}.get(name, name)]
        print(
            f"{name} ({CLOSED}): {len(cost.waits)} messages, CPU {cost.each(cost.cpu):.2f} ms, PostgreSQL "
            f"{cost.each(cost.database):.2f} ms, p50 {cost.wait(0.5):.0f} ms, p99 {cost.wait(0.99):.0f} ms; "
            f"{complete} surveys complete, {wrong} out of order, missing or double; {parts[name]}"
        )
    one, two, apart, alone = (cost.each(cost.cpu) for cost in costs.values())
    met = said("CPU a message, two servers : one", two / one, MOST)
    print(f"CPU a message, two servers : one that is as busy as each of them: {two / alone:.3f}")
    print(f"CPU a message, two servers : the same that share no conversation: {two / apart:.3f}")
    print(machine.line())
    return 0 if met and not any(wrong for _, wrong in stored.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
