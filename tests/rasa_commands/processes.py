"""Rasa's commands as processes: a shell in a terminal of its own, and servers that are asked until they are ready."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.backends import Backend
from tests.server import ROOT, START_SECONDS

PROMPT = re.compile(r"Your input ->\s*$")
CONTROL_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")
ANSWER_SECONDS = 30
RASA = (sys.executable, "-m", "tests.rasa_commands.rasa_cli")


def environment(backend: Backend, **more: str) -> dict[str, str]:
    # Asked for the cursor's position, nobody would answer; and a wide terminal does not break the bot's lines.
    quiet = {"PROMPT_TOOLKIT_NO_CPR": "1", "TERM": "xterm", "PYTHONWARNINGS": "ignore"}
    return {**os.environ, **quiet, **backend.environment, "RASA_TELEMETRY_ENABLED": "false", **more}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Shell:
    """`rasa shell` in a pseudo terminal: its prompt needs one."""

    def __init__(self, backend: Backend, sender: str, model: Path, **more: str) -> None:
        self.terminal, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 500, 0, 0))
        command = [*RASA, "shell", "-m", str(model), "--conversation-id", sender, "--port", str(free_port())]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment(backend, **more), stdin=theirs, stdout=theirs, stderr=theirs,
            start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self._until_prompt(START_SECONDS)

    def say(self, text: str) -> str:
        """Type a line. Returns what the bot answers, without the log's lines."""
        os.write(self.terminal, text.encode() + b"\r")
        shown = self._until_prompt(ANSWER_SECONDS)
        after = shown.partition("\n")[2]
        lines = PROMPT.sub("", after).splitlines()
        return "\n".join(line.strip() for line in lines if line.strip() and not re.match(r"\d{4}-\d\d-\d\d ", line))

    def stop(self) -> int:
        """Rasa's own way to leave. Returns the exit code."""
        os.write(self.terminal, b"/stop\r")
        while self.process.poll() is None:
            self._read(0.1)
        return self.process.returncode

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self.terminal)

    def _until_prompt(self, seconds: float) -> str:
        """Everything that is shown until the next empty prompt, and nothing comes after it."""
        shown, limit = "", time.monotonic() + seconds
        while time.monotonic() < limit:
            new = self._read(0.2)
            shown += new
            if not new and "\n" in shown and PROMPT.search(shown):
                return shown
            if not new and self.process.poll() is not None:
                break
        raise AssertionError(f"no prompt within {seconds} s:\n{shown[-3000:]}")

    def _read(self, seconds: float) -> str:
        if not select.select([self.terminal], [], [], seconds)[0]:
            return ""
        try:
            return CONTROL_SEQUENCE.sub("", os.read(self.terminal, 65536).decode(errors="replace"))
        except OSError:  # Linux says EIO when the other side has closed
            return ""


class Served:
    """A command that serves HTTP. `ready` is the path that is asked until it answers 200."""

    def __init__(self, command: list[str], url: str, ready: str, environ: dict[str, str]) -> None:
        self.url = url
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
        )  # fmt: skip
        self.lines: list[str] = []
        assert self.process.stdout is not None
        threading.Thread(target=self.lines.extend, args=(self.process.stdout,), daemon=True).start()
        self._await(ready)

    def _await(self, path: str) -> None:
        limit = time.monotonic() + START_SECONDS
        poll = threading.Event()
        while time.monotonic() < limit and self.process.poll() is None:
            try:
                if self.get(path)[0] == 200:
                    return
            except OSError:
                poll.wait(0.1)
        self.kill()
        raise AssertionError("the server did not start:\n" + "".join(self.lines[-30:]))

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self.url + path, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, ""

    def post(self, path: str, data: dict[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "Origin": self.url}
        request = urllib.request.Request(self.url + path, json.dumps(data).encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return dict(json.load(answer))

    def stop(self) -> int:
        """SIGTERM: finish what is in hand. Returns the exit code."""
        self.process.terminate()
        return self.process.wait(timeout=30)

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@contextmanager
def shell(backend: Backend, sender: str, model: Path, **more: str) -> Iterator[Shell]:
    running = Shell(backend, sender, model, **more)
    try:
        yield running
    finally:
        running.kill()


@contextmanager
def rasa_run(backend: Backend, model: Path, interface: str = "127.0.0.1") -> Iterator[Served]:
    """`rasa run` with the project's own credentials.yml and endpoints.yml. Rasa's own default is 0.0.0.0."""
    port = free_port()
    command = [*RASA, "run", "-m", str(model), "--port", str(port), "--interface", interface]
    yield from _served(command, f"http://127.0.0.1:{port}", "/readyz", environment(backend))


@contextmanager
def rasa_run_actions(backend: Backend) -> Iterator[Served]:
    """`rasa run actions`: the action server."""
    port = free_port()
    command = [*RASA, "run", "actions", "--port", str(port)]
    environ = environment(backend, SANIC_HOST="127.0.0.1")
    yield from _served(command, f"http://127.0.0.1:{port}", "/health", environ)


def _served(command: list[str], url: str, ready: str, environ: dict[str, str]) -> Iterator[Served]:
    running = Served(command, url, ready, environ)
    try:
        yield running
    finally:
        running.kill()
