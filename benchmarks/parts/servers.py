"""The servers that are compared, each as its users start it: processes of their own, on loopback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 180.0
ACCOUNT = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "1" * 32,
    "TWILIO_SMS_FROM": "+15005550006",
}
SETTINGS = ("DATABASE_URL", "REDIS_URL", "TWILIO_", "TELEGRAM_", "SLACK_", "CONDUCTOR_")
"""Variables of whoever runs the benchmark that must not reach the servers."""


@dataclass(frozen=True)
class Running:
    """A set of processes that answer together. `started`: seconds from the start to the first answer to HTTP.
    `others`: addresses of more servers, which take their share of each customer's messages."""

    name: str
    url: str
    webhook: str
    pids: tuple[int, ...]
    database: str = ""
    started: float = 0.0
    others: tuple[str, ...] = ()

    def taking(self, number: int) -> Running:
        """The server that takes a customer's message of this number."""
        urls = (self.url, *self.others)
        return self if len(urls) == 1 else replace(self, url=urls[number % len(urls)], others=())


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Ours, without the settings of another installation. One thread for numerics: there is one core to a server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
    return {**kept, "OMP_NUM_THREADS": "1", "RASA_TELEMETRY_ENABLED": "false", **extra}


def train() -> None:
    """Have a model of the present data and code (half a minute if there is none), so that no server trains first."""
    command = [sys.executable, "-m", "bot.cli", "train", "--accept", "100"]
    subprocess.run(command, cwd=ROOT, env=environment({}), check=True, stdout=subprocess.DEVNULL)


@contextmanager
def process(command: list[str], extra: Mapping[str, str], folder: Path = ROOT) -> Iterator[subprocess.Popen[bytes]]:
    """A process with a log of its own, which is shown when it ends early."""
    with tempfile.NamedTemporaryFile(prefix="bench", suffix=".log") as log:
        running = subprocess.Popen(
            command, cwd=folder, env=environment(extra), stdout=log, stderr=log, start_new_session=True
        )
        running.log = log.name  # type: ignore[attr-defined]
        try:
            yield running
        finally:
            running.terminate()
            try:
                running.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(running.pid, signal.SIGKILL)


def await_answer(url: str, running: subprocess.Popen[bytes], begun: float) -> float:
    """Wait until `url` answers 200. Returns the seconds since `begun`."""
    while time.perf_counter() - begun < START_SECONDS:
        if running.poll() is not None:
            raise RuntimeError(Path(running.log).read_text()[-3000:])  # type: ignore[attr-defined]
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return time.perf_counter() - begun
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"{url} did not answer:\n" + Path(running.log).read_text()[-3000:])  # type: ignore[attr-defined]


def await_word(word: str, running: subprocess.Popen[bytes]) -> None:
    """Wait until a process has written `word`: its start is not what is measured."""
    begun, log = time.perf_counter(), Path(running.log)  # type: ignore[attr-defined]
    while time.perf_counter() - begun < START_SECONDS:
        if word in log.read_text():
            return
        if running.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"No {word!r}:\n" + log.read_text()[-3000:])


@contextmanager
def ours(database: str, provider: str, name: str = "ours", folder: Path = ROOT, **extra: str) -> Iterator[Running]:
    """`conductor serve` with SMS connected, in the project `folder`. `provider`: where the stand-in listens."""
    port, begun = free_port(), time.perf_counter()
    url = f"http://127.0.0.1:{port}"
    variables = {
        **ACCOUNT,
        "TWILIO_API_BASE_URL": provider,
        "CONDUCTOR_PUBLIC_URL": url,
        "CONDUCTOR_PLAYGROUND": "0",
        "CONDUCTOR_SURVEYS": str(ROOT / "benchmarks" / "surveys"),
        "CONDUCTOR_THEMES": "none.yml",  # labelling is a niced process of its own, once a minute; it is no message's
        "DATABASE_URL": database,
        "PYTHONPATH": str(folder),
        **extra,
    }
    command = [sys.executable, "-m", "bot.cli", "serve", "--port", str(port)]
    with process(command, variables, folder) as server:
        started = await_answer(f"{url}/readyz", server, begun)
        yield Running(name, url, "/webhooks/twilio_sms/webhook", (server.pid,), _name_of(database), started)


@contextmanager
def worker(database: str, provider: str, **extra: str) -> Iterator[int]:
    """`conductor worker`. Yields its process's id."""
    variables = {
        **ACCOUNT,
        "TWILIO_API_BASE_URL": provider,
        "CONDUCTOR_PUBLIC_URL": "http://127.0.0.1",
        "DATABASE_URL": database,
        **extra,
    }
    with process([sys.executable, "-m", "bot.cli", "worker"], variables) as working:
        await_word("Worker: ready.", working)
        yield working.pid


@contextmanager
def floor(database: str, name: str = "floor", *more: str) -> Iterator[Running]:
    """Sanic, the signature, one committed row, nothing more (`benchmarks/message_floor.py`). With "--rasa", Rasa's
    turn on top."""
    port, begun = free_port(), time.perf_counter()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "benchmarks.message_floor", str(port), database, url, *more]
    with process(command, ACCOUNT) as server:
        started = await_answer(f"{url}/readyz", server, begun)
        yield Running(name, url, "/webhooks/twilio_sms/webhook", (server.pid,), _name_of(database), started)


def _name_of(database: str) -> str:
    return (
        database.rpartition("/")[2].partition("?")[0]
        if "?host=" not in database
        else database.split("?")[0].rpartition("/")[2]
    )
