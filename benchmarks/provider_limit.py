"""Letters under a provider's limit of 80 a second: four workers, PostgreSQL and Redis, the SDK, a provider over HTTP.

    python -m benchmarks.provider_limit [--full]

Each letter is a request through Twilio's SDK to a process that writes down when it came, and answers later. Reached:
what it took per second between the first and the last letter of the second half (a campaign is long); "never above":
the fullest of all windows of one second, as the provider saw them. `--full`: also with other answers, and beside two
processes that burn the machine's CPUs. What is possible: a place at the provider serves one request in 1 s + what
answers take on average - what is taken off for the fastest (bot/coordination/places.py).
"""

from __future__ import annotations

import argparse
import asyncio
import bisect
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import Process as Burner
from pathlib import Path

import sqlalchemy as sa
from aiohttp import web

from benchmarks.parts import machine
from benchmarks.parts.servers import ACCOUNT, free_port
from bot.bootstrap import Conductor
from bot.coordination.places import SPARED
from bot.settings import load_settings
from bot.storage import letters
from bot.storage.engine import Database
from bot.storage.tables import contacts, conversations
from bot.working import NoAgent, Working
from channels.contract import Outbound
from channels.twilio_sms.client import TwilioSmsClient
from channels.twilio_sms.settings import from_environment
from tests.backends import Backend, in_a_loop, make_template, migrated_database, postgres_server, redis_server
from tests.doubles import NOON
from tests.faults.many import Process, rows, until

LIMIT, WORKERS, SECONDS = 80, 4, 30
LETTERS = LIMIT * SECONDS
REACH = 0.95


@dataclass(frozen=True)
class Answers:
    """How a provider answers: between two times, in milliseconds; of a hundred, `slow` take a second more."""

    name: str
    quickest: int
    slowest: int
    slow: int = 0
    burning: bool = False

    def seconds(self) -> float:
        late = random.random() * 100 < self.slow
        return random.uniform(self.quickest, self.slowest) / 1e3 + late

    @property
    def possible(self) -> float:
        """The share of the limit, with no time lost between the provider and us."""
        mean = (self.quickest + self.slowest) / 2e3 + self.slow / 100
        return 1 / (1 + mean - SPARED * self.quickest / 1e3)


USUAL = Answers("usual", 70, 130)
OTHERS = (
    Answers("quick", 20, 40),
    Answers("unsteady", 50, 150),
    Answers("slow", 400, 600),
    Answers("some late", 70, 130, slow=2),
    Answers("busy machine", 70, 130, burning=True),
)


def provider(port: int, answers: Answers, file: Path) -> Process:
    """Takes everything, and remembers when it came. Ends when it is killed."""

    async def body(process: Process) -> None:
        came = file.open("a", buffering=1)

        async def take(request: web.Request) -> web.Response:
            came.write(f"{time.clock_gettime(time.CLOCK_MONOTONIC)}\n")
            await asyncio.sleep(answers.seconds())
            sid = f"SM{random.getrandbits(128):032x}"
            return web.json_response({"sid": sid, "status": "queued"}, status=201)

        app = web.Application()
        app.router.add_post("/{path:.*}", take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        process.tell()
        await asyncio.sleep(600)

    return Process(body, 600)


async def write(backend: Backend) -> None:
    database = Database(backend.database_url)
    async with database.write() as connection:
        for number in range(LETTERS):
            made = await connection.execute(sa.insert(contacts).values(language="en", created_at=NOON))
            contact = made.inserted_primary_key[0]
            facts = {"provider": "twilio_sms", "channel": "sms", "language": "en", "created_at": NOON}
            where = {"contact_id": contact, "address": f"+1415{2000000 + number}", **facts}
            made = await connection.execute(sa.insert(conversations).values(**where))
            await letters.put(connection, made.inserted_primary_key[0], None, [Outbound("Hi")], NOON)
    await database.close()


def work(backend: Backend, port: int) -> Process:
    async def body(process: Process) -> None:
        account = {**ACCOUNT, "TWILIO_API_BASE_URL": f"http://127.0.0.1:{port}"}
        account["CONDUCTOR_PUBLIC_URL"] = "https://surveys.example"
        known = load_settings(**backend.settings, per_second=f"twilio_sms={LIMIT}")
        client = TwilioSmsClient(from_environment(account))
        working = Working(Conductor(known, NoAgent(), senders={"twilio_sms": client}, works=True))
        await working.start()
        process.tell()

        async def done() -> bool:
            return await asyncio.to_thread(
                lambda: rows(backend, "select 1 from outbox where status <> 'sent' limit 1") == []
            )

        await until(done, 0.5)
        await working.stop()

    return Process(body, 300)


def burn() -> None:
    while True:
        pass


def measure(socket: str, redis_url: str, answers: Answers) -> tuple[float, int, int]:
    """Returns letters a second, the fullest second, and how many letters came."""
    with migrated_database(socket) as url, tempfile.TemporaryDirectory() as folder, ExitStack() as started:
        backend = Backend("grown", url, redis_url)
        in_a_loop(write(backend))
        port, file = free_port(), Path(folder) / "taken"
        there = provider(port, answers, file)
        there.told()
        for _ in range(2 if answers.burning else 0):
            burner = Burner(target=burn, daemon=True)
            burner.start()
            started.callback(burner.kill)
        processes = [work(backend, port) for _ in range(WORKERS)]
        ended = [process.end() for process in processes]
        there.kill()
        assert ended == [0] * WORKERS, ended
        taken = sorted(float(line) for line in file.read_text().splitlines())
    late = taken[len(taken) // 2 :]
    return (len(late) - 1) / (late[-1] - late[0]), fullest(taken), len(taken)


def fullest(taken: Sequence[float]) -> int:
    return max(bisect.bisect_left(taken, at + 1.0) - number for number, at in enumerate(taken))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="other answers and a busy machine as well")
    wanted = [USUAL, *OTHERS] if parser.parse_args().full else [USUAL]
    good = True
    print(machine.line())
    with postgres_server() as socket, redis_server() as redis:
        make_template(socket)
        for answers in wanted:
            redis.empty()
            rate, most, count = measure(socket, redis.url, answers)
            print(
                f"{answers.name}, answers after {answers.quickest} to {answers.slowest} ms, {answers.slow} % a second "
                f"later: {rate:.1f}/s, {rate / LIMIT:.1%} of {LIMIT}/s (possible {answers.possible:.1%}), fullest "
                f"second {most}, load {os.getloadavg()[0]:.1f}"
            )
            good = good and most <= LIMIT and count == LETTERS and (answers is not USUAL or rate >= REACH * LIMIT)
    print(f"never above {LIMIT}, and {REACH:.0%} of it with usual answers: {'reached' if good else 'NOT REACHED'}")
    print(machine.line())
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
