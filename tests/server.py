"""The real server in a process of its own, for tests that need one: browser, kill, start."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.backends import Backend

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 90
"""Longest a start may take on a busy two-core machine; it is a limit for a hanging test, not a measurement."""


JOIN_SECONDS = "0.2"
"""Customers of tests write no bursts by a real clock; journeys do, by a frozen one."""


class Server:
    """`conductor serve` on a free port."""

    def __init__(self, backend: Backend, **environment: str) -> None:
        self.grown = backend.grown
        # Without PYTHONPATH tricks: what runs is what a user runs.
        command = [sys.executable, "-m", "bot.cli", "serve", "--port", "0"]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "CONDUCTOR_JOIN_SECONDS": JOIN_SECONDS, **backend.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self.url = self._await_banner()

    def _await_banner(self) -> str:
        limit = threading.Timer(START_SECONDS, self.process.kill)
        limit.start()
        try:
            assert self.process.stdout is not None
            for line in self.process.stdout:
                self.lines.append(line)
                found = re.search(r"http://[\w.:]+", line) if line.startswith("Playground") else None
                if found:
                    threading.Thread(target=self.lines.extend, args=(self.process.stdout,), daemon=True).start()
                    return found.group()
        finally:
            limit.cancel()
        raise AssertionError("the server did not start:\n" + "".join(self.lines[-30:]))

    def post(self, path: str, data: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps(data).encode()
        headers = {"Content-Type": "application/json", "Origin": self.url}
        request = urllib.request.Request(self.url + path, body, headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return dict(json.load(answer))

    def kill(self) -> None:
        """`kill -9`, the whole process group."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM: finish what is in hand. Returns the exit code."""
        self.process.terminate()
        return self.process.wait(timeout=30)


@contextmanager
def running(backend: Backend, **environment: str) -> Iterator[Server]:
    server = Server(backend, **environment)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.kill()
