"""How soon a server answers its first customer, and what memory it holds, ours beside stock Rasa.

    python -m benchmarks.start [--full] [--without-stock]

- start: from the command to the first answer of a customer (a signed webhook is taken, and the first question arrives
  at the provider), the trained model present, one after the other in turns. A model that is missing or older than its
  data is trained before, and not counted.
- memory: of all processes of a server, after that first answer (at rest), and after 2,000 conversations (10,000 with
  --full; stock Rasa 300 and 1,000, it is slow) of two messages each. Flat: what the second half added, for each
  conversation. The first thousand fill what a server keeps of live conversations.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from benchmarks.parts import customers, machine, servers
from benchmarks.parts.customers import OPENING, Provider
from benchmarks.parts.postgres import Postgres, postgres
from benchmarks.parts.processes import memory_mb
from benchmarks.parts.servers import Running
from benchmarks.parts.stock import stock
from benchmarks.parts.stock import train as train_stock

HALF = 1 / 2
AT_ONCE = 8
Start = Callable[[str], AbstractContextManager[Running]]
"""Starts a server on the database of this name."""


@dataclass
class Seen:
    """Seconds to the first answer, each time; MB at rest, half way, and after all conversations."""

    seconds: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


async def first_answer(provider: Provider, server: Running) -> None:
    """A customer writes and is asked the first question."""
    await provider.say(server, customers.number(), OPENING, "1 of 8")


async def talk(provider: Provider, server: Running, conversations: int) -> None:
    """So many new customers begin a survey and answer one question."""
    left = iter(range(conversations))

    async def one() -> None:
        for _ in left:
            mine = customers.number()
            await provider.say(server, mine, OPENING, "1 of 8")
            await provider.say(server, mine, "9", "2 of 8")
            provider.waiting.pop(mine, None)

    await asyncio.gather(*(one() for _ in range(AT_ONCE)))


async def look(provider: Provider, start: Start, name: str, conversations: int, seen: Seen) -> None:
    """Start a server once; with `conversations`, let it work, too."""
    with start(name) as server:
        answering = time.perf_counter()
        await first_answer(provider, server)
        seen.seconds.append(server.started + time.perf_counter() - answering)
        if conversations:
            seen.memory.append(memory_mb(server.pids))
            for _ in range(2):
                await talk(provider, server, conversations // 2)
                seen.memory.append(memory_mb(server.pids))


async def run(
    provider: Provider, ways: dict[str, Start], database: Postgres, times: int, conversations: dict[str, int]
) -> dict[str, Seen]:
    """All starts, in turns; the last one of each goes on."""
    seen = {name: Seen() for name in ways}
    async with provider:
        await customers.patient_session(provider)
        for number in range(times):
            for name, start in ways.items():
                label = f"{name}{number}"
                await asyncio.to_thread(database.create, label)
                await look(provider, start, label, conversations[name] if number == times - 1 else 0, seen[name])
    return seen


def report(seen: dict[str, Seen], conversations: dict[str, int]) -> bool:
    """Print, and compare. Returns whether the targets are met."""
    for name, one in seen.items():
        rest, middle, end = one.memory
        grown = (end - middle) * 1e3 / (conversations[name] / 2)
        print(
            f"{name}: first answer after {statistics.median(one.seconds):.1f} s (of {len(one.seconds)}); at rest "
            f"{rest:.0f} MB, after {conversations[name]} conversations {end:.0f} MB (second half: {grown:.1f} kB each)"
        )
    if "stock" not in seen:
        return True
    return compared(seen)


def compared(seen: dict[str, Seen]) -> bool:
    """Print ours beside stock Rasa. Returns whether it is at most half of it."""
    ours, other = seen["ours"], seen["stock"]
    ratios = {
        "start": statistics.median(ours.seconds) / statistics.median(other.seconds),
        "memory at rest": ours.memory[0] / other.memory[0],
        "memory after the conversations": ours.memory[-1] / other.memory[-1],
    }
    for what, ratio in ratios.items():
        print(f"{what}, ours : stock = {ratio:.2f} (to reach: {HALF}) {'reached' if ratio <= HALF else 'NOT REACHED'}")
    return max(ratios.values()) <= HALF


def main() -> int:
    """Start, measure, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="10,000 conversations, three starts of each")
    parser.add_argument("--without-stock", action="store_true")
    parser.add_argument("--conversations", type=int, metavar="N", help="so many with ours, instead of 2,000 or 10,000")
    wanted = parser.parse_args()
    port = servers.free_port()
    address = f"http://127.0.0.1:{port}"
    print(machine.line())
    servers.train()
    if not wanted.without_stock:
        train_stock()
    with postgres() as database:
        ways: dict[str, Start] = {"ours": lambda name: servers.ours(database.url(name), address)}
        if not wanted.without_stock:
            ways["stock"] = lambda name: stock(database.socket, name, address)
        times = 3 if wanted.full else 1
        conversations = {"ours": 10_000, "stock": 1_000} if wanted.full else {"ours": 2_000, "stock": 300}
        conversations["ours"] = wanted.conversations or conversations["ours"]
        seen = asyncio.run(run(customers.provider(port), ways, database, times, conversations))
    met = report(seen, conversations)
    print(machine.line())
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
