"""How long a caller hears nothing: TwiML answers with 20 calls at once, the server on one core.

    PYTHONPATH=. python -m benchmarks.voice [--calls 20] [--rounds 3]

The real server process (`conductor serve`, pinned to one core) gets signed webhooks over HTTP, as Twilio sends them;
the callers are on the other core. Each plays a whole survey: rings, presses a score, presses a choice, speaks a reason,
hears the end. Every time is that of one webhook, from its first byte to the end of its TwiML; of the last request of a
call (its status) only the load counts.

- thinking: 2 to 4 s between what a caller hears and the next key, which is quick: listening to a question alone takes
  longer. This is what the target is about: 300 ms at the 95th percentile.
- closed loop: all callers answer at once, for ever. Nobody does; it shows what the core can take.
- floor: the same callers against Sanic, the signature and one committed row (`benchmarks/voice_floor.py`).

Milliseconds. CPU is the server's own per webhook, which other work on the machine changes less than the rest.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import aiohttp

from benchmarks.voice_floor import PUBLIC
from channels.twilio.form import Form
from channels.twilio.local_provider import LocalTwilio
from channels.twilio.verify import sign
from channels.twilio_voice.local_provider import Call, LocalTelephone
from tests.backends import embedded_in
from tests.server import Server
from tests.test_connected import WHOLE

TARGET_MS = 300.0
SERVER_CORE, CALLERS_CORE = 0, 1
SLOW_START = 60.0


@dataclass
class Timed(LocalTelephone):
    """Telephones that time each webhook, over connections that stay open, as Twilio's do."""

    session: aiohttp.ClientSession | None = None
    times: list[float] = field(default_factory=list)

    async def post(self, url: str, fields: Mapping[str, str]) -> tuple[int, str]:
        """One signed webhook."""
        assert self.session is not None
        form = Form({name: [value] for name, value in fields.items()})
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": sign(self.twilio.auth_token, url, form),
        }
        place, body = self.twilio.reach + url.removeprefix(self.twilio.public_url), urlencode(dict(fields))
        begun = time.perf_counter()
        async with self.session.post(place, data=body, headers=headers) as answer:
            text = await answer.text()
        if "/webhook" in url:
            self.times.append((time.perf_counter() - begun) * 1e3)
        return answer.status, text


@dataclass(frozen=True)
class Load:
    """`think`: seconds between hearing and answering, from and to."""

    calls: int
    rounds: int
    think: tuple[float, float]
    seed: int = 1


async def survey(telephone: Timed, number: str, load: Load, chance: random.Random) -> None:
    """One caller, one whole survey."""
    await asyncio.sleep(chance.uniform(0, load.think[1]))
    call = await telephone.ring(number)
    answers = iter((str(chance.choice((2, 3, 6, 7, 8, 9, 9))), "2"))
    while call.asks is not None:
        await asyncio.sleep(chance.uniform(*load.think))
        await answer(call, answers)


async def answer(call: Call, keys: Iterator[str]) -> None:
    """What the caller does at what is asked."""
    assert call.asks is not None
    if call.asks.tag == "Record":
        await call.record("it came late and the box was wet", transcript=False)
        return
    key = next(keys, None)
    await (call.press(key) if key else call.hang_up())


async def floor(telephone: Timed, number: str, load: Load, chance: random.Random) -> None:
    """As many webhooks as a survey has, against the floor."""
    await asyncio.sleep(chance.uniform(0, load.think[1]))
    call = await telephone.ring(number)
    for _ in range(3):
        await asyncio.sleep(chance.uniform(*load.think))
        await call.press("9")


async def run(play: object, url: str, load: Load, first: int) -> list[float]:
    """All callers at once, one call after the other each. Returns the times."""
    account = WHOLE["twilio_voice"]
    twilio = LocalTwilio(account["TWILIO_ACCOUNT_SID"], account["TWILIO_AUTH_TOKEN"], PUBLIC)
    twilio.reach = url
    telephone = Timed(twilio, account["TWILIO_VOICE_FROM"])

    async def caller(number: int) -> None:
        chance = random.Random(load.seed * 1000 + number)
        for turn in range(load.rounds):
            customer = f"+1415{first + number * load.rounds + turn:07d}"
            await play(telephone, customer, load, chance)  # type: ignore[operator]

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as telephone.session:
        await asyncio.gather(*(caller(number) for number in range(load.calls)))
    return telephone.times


@contextmanager
def pinned() -> Iterator[None]:
    """Processes that start inside run on the server's core; we run on the other."""
    os.sched_setaffinity(0, {SERVER_CORE})
    try:
        yield
    finally:
        os.sched_setaffinity(0, {CALLERS_CORE})


def cpu_seconds(pid: int) -> float:
    """User and system time of a process (its threads included)."""
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def floor_server(folder: Path) -> Iterator[tuple[str, int]]:
    """The floor, running."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "benchmarks.voice_floor", str(port), str(folder / "floor.db")]
    with pinned():
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        limit = time.monotonic() + SLOW_START
        while time.monotonic() < limit:
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def house(folder: Path) -> Iterator[tuple[str, int]]:
    """`conductor serve` with the telephone connected."""
    with pinned():
        server = Server(embedded_in(folder), **WHOLE["twilio_voice"])
    try:
        yield server.url, server.process.pid
    finally:
        server.stop()


def line(name: str, times: list[float], cpu: float, baseline: float | None) -> float:
    """Print one row. Returns the 95th percentile."""
    ordered = sorted(times)
    p50, p95, p99 = (ordered[min(len(ordered) - 1, int(len(ordered) * q))] for q in (0.5, 0.95, 0.99))
    ratio = f"{p95 / baseline:6.1f} x" if baseline else "        "
    each = cpu / len(times) * 1e3
    print(f"{name:<24} {len(times):>6} {p50:>8.0f} {p95:>8.0f} {p99:>8.0f} {max(times):>8.0f} {each:>8.1f} {ratio}")
    return p95


def measured(play: object, place: tuple[str, int], load: Load, first: int) -> tuple[list[float], float]:
    """Times of the webhooks, and the CPU seconds they took the server."""
    url, pid = place
    before = cpu_seconds(pid)
    times = asyncio.run(run(play, url, load, first))
    return times, cpu_seconds(pid) - before


def main() -> int:
    """Run all, print, and say whether the target is met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=20, help="calls at once")
    parser.add_argument("--rounds", type=int, default=3, help="surveys that each caller takes, one after the other")
    wanted = parser.parse_args()
    thinking = Load(wanted.calls, wanted.rounds, (2.0, 4.0))
    closed = Load(wanted.calls, wanted.rounds, (0.0, 0.0))
    warm = Load(2, 2, (0.0, 0.0))
    print(f"{'':<24} {'n':>6} {'p50':>8} {'p95':>8} {'p99':>8} {'max':>8} {'CPU':>8}  p95 : floor")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with floor_server(folder) as place:
            measured(floor, place, warm, 0)
            base = line("floor, thinking", *measured(floor, place, thinking, 1000), None)
            base_closed = line("floor, closed loop", *measured(floor, place, closed, 2000), None)
        with house(folder) as place:
            measured(survey, place, warm, 0)
            p95 = line("survey, thinking", *measured(survey, place, thinking, 1000), base)
            line("survey, closed loop", *measured(survey, place, closed, 2000), base_closed)
    machine = platform.processor() or platform.machine()
    print(f"{machine}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}")
    print(f"{wanted.calls} calls at once. Target: {TARGET_MS:.0f} ms at the 95th percentile, thinking.")
    return 0 if p95 <= TARGET_MS else 1


if __name__ == "__main__":
    sys.exit(main())
