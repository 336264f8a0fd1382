"""Delivery under a provider's limit: four workers, PostgreSQL and Redis. Run: python benchmarks/provider_limit.py

The provider takes 80 letters a second. Baseline is that limit itself: reached is what it took per second between the
first and the last letter; "never above" is the fullest of all windows of one second, as the provider saw them.
"""

from __future__ import annotations

import asyncio
import bisect
import os
import sys
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from bot.storage import outbox as letters
from bot.storage.engine import Database
from bot.storage.tables import contacts, conversations
from bot.working import NoAgent, Working
from channels.contract import Outbound
from tests.backends import Backend, in_a_loop, make_template, migrated_database, postgres_server, redis_server
from tests.doubles import NOON
from tests.faults.many import Process, Provider, conductor, rows, until

LIMIT, WORKERS, SECONDS = 80, 4, 20
LETTERS = LIMIT * SECONDS


class Timed(Provider):
    """Writes down when it took each letter, after 50 to 150 ms."""

    per_second = LIMIT

    async def send(self, channel: str, address: str, message: Outbound, key: str) -> str:
        taken = time.clock_gettime(time.CLOCK_MONOTONIC)
        with self.file.open("a") as memory:
            memory.write(f"{taken}\n")
        await asyncio.sleep(0.05 + hash(key) % 100 / 1000)
        return key


async def write(backend: Backend) -> None:
    database = Database(backend.database_url)
    async with database.write() as connection:
        for number in range(LETTERS):
            made = await connection.execute(sa.insert(contacts).values(language="en", created_at=NOON))
            contact = made.inserted_primary_key[0]
            facts = {"contact_id": contact, "provider": "web", "channel": "web", "language": "en", "created_at": NOON}
            made = await connection.execute(sa.insert(conversations).values(address=f"c{number}", **facts))
            await letters.put(connection, made.inserted_primary_key[0], None, [Outbound("Hi")], NOON)
    await database.close()


def work(backend: Backend, file: Path) -> Process:
    async def body(process: Process) -> None:
        working = Working(conductor(backend, NoAgent(), Timed(file), works=True))
        await working.start()
        process.tell()

        async def done() -> bool:
            return await asyncio.to_thread(
                lambda: rows(backend, "select 1 from outbox where status <> 'sent' limit 1") == []
            )

        await until(done, 0.5)
        await working.stop()

    return Process(body)


def main() -> int:
    with postgres_server() as socket, redis_server() as redis, tempfile.TemporaryDirectory() as folder:
        make_template(socket)
        with migrated_database(socket) as url:
            backend = Backend("grown", url, redis.url, redis)
            in_a_loop(write(backend))
            file = Path(folder) / "taken"
            processes = [work(backend, file) for _ in range(WORKERS)]
            assert [process.end() for process in processes] == [0] * WORKERS
            taken = sorted(float(line) for line in file.read_text().splitlines())
    rate = (len(taken) - 1) / (taken[-1] - taken[0])
    fullest = max(bisect.bisect_left(taken, at + 1.0) - number for number, at in enumerate(taken))
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {WORKERS} workers, {len(taken)} letters")
    print(f"reached {rate:.1f}/s of {LIMIT}/s: {rate / LIMIT:.1%} (to reach: 95 %)")
    print(f"fullest second {fullest} of {LIMIT} (never above)")
    return 0 if rate >= 0.95 * LIMIT and fullest <= LIMIT and len(taken) == LETTERS else 1


if __name__ == "__main__":
    sys.exit(main())
