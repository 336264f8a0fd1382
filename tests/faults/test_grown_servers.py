"""What an operator starts: two `conductor serve` and a `conductor worker` on one PostgreSQL and one Redis."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest

from tests.backends import Backend
from tests.faults.many import rows
from tests.faults.test_server_killed import until
from tests.operations.wire import get
from tests.rasa_commands.processes import free_port
from tests.server import ROOT, Server, running

pytestmark = pytest.mark.slow

FIGURES = free_port()
"""Where the worker shows what it did."""


@contextmanager
def working(backend: Backend) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "bot.cli", "worker"]
    environment = {**os.environ, **backend.environment, "METRICS_PORT": str(FIGURES)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "Worker: ready.\n"
        yield process
    finally:
        process.kill()
        process.wait()


def say(server: Server, number: int, text: str) -> None:
    message = {"message_id": f"m{number}", "channel": "sms", "sender": "ada", "text": text}
    assert server.post("/webhooks/web/webhook", message)["accepted"]


@pytest.mark.timeout(300)
def test_a_survey_over_two_servers_and_a_rolling_restart(grown: Backend) -> None:
    with working(grown) as worker, ExitStack() as servers:  # servers that start see the worker at once
        with ThreadPoolExecutor(2) as starting:
            first, second = starting.map(lambda _: running(grown), range(2))
            one, other = starting.map(servers.enter_context, (first, second))
        for number, text in enumerate(["I want to give feedback", "9", "Quick and friendly"]):
            say((one, other)[number % 2], number, text)
            assert until(lambda n=number: _answered(grown, n + 1)), rows(grown, "select * from inbox")  # type: ignore[misc]
        assert rows(grown, "select status, count(*) from outbox group by status")[0][0] == "sent"

        assert 'conductor_sends_total{channel="web",outcome="sent"}' in get(f"http://127.0.0.1:{FIGURES}/metrics")[1]
        seen = get(f"{one.url}/metrics")[1]
        assert {"conductor_workers 1.0", "conductor_redis_up 1.0"} <= set(seen.splitlines())
        assert 'conductor_sends_total{channel="web",outcome="sent"} 0.0' in seen, "letters are the worker's"

        say(one, 10, "What are your opening hours?")
        started = time.monotonic()
        assert one.stop() == 0, "".join(one.lines[-20:])
        assert time.monotonic() - started < 15
        say(other, 11, "Where is my parcel?")
        assert until(lambda: _answered(grown, 5))
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0

        say(other, 12, "Thank you")  # no worker is left: the server sends itself
        assert until(lambda: _answered(grown, 6))
        assert other.stop() == 0
    assert rows(grown, "select value from answers order by id")[0] == ("9",)
    assert rows(grown, "select max(attempts) from inbox") == [(0,)]
    assert rows(grown, "select max(attempts) from outbox") == [(1,)], "no letter was sent twice"


def _answered(backend: Backend, messages: int) -> bool:
    """Whether so many messages are done, each has its answer, and all are sent."""
    done = rows(backend, "select count(*) from inbox where status = 'done' and kind = 'message'")
    replied = rows(backend, "select count(distinct inbox_id) from outbox where status = 'sent'")
    return done == [(messages,)] and replied == [(messages,)]
