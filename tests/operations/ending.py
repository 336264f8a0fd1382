"""A server of Sanic's with what `bot.console.mount` puts around it, and nothing behind it, in a process of its own:
signals and the end of a server are the process's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60
"""A limit for a hanging process. Sanic alone waits 15 s for a silent client."""

BEFORE = """
import asyncio, os, signal, socket
from types import SimpleNamespace
from sanic import Sanic, response
from bot.console import mount

app = Sanic("ends", configure_logging=False)

def say(*words):
    print(*words, flush=True)

async def attach(app):
    app.ctx.conductor = SimpleNamespace(
        settings=SimpleNamespace(request_seconds=15, response_seconds=60, keep_alive_seconds=75)
    )
    await while_attaching()

async def detach(app):
    say("detached")

async def leave(app):
    say("left")

async def while_attaching():
    pass

mount.attach_conductor, mount.detach_conductor, mount.leave_conductor = attach, detach, leave
"""
AFTER = """
app.blueprint(mount._Root("operations", mount._operations))
wire = socket.create_server(("127.0.0.1", 0))
say("port", wire.getsockname()[1])
app.run(sock=wire, access_log=False)
"""


def process(program: str) -> subprocess.Popen[str]:
    """`program` may define `while_attaching` and routes of `app`. What it says is in its stdout."""
    return subprocess.Popen(
        [sys.executable, "-c", BEFORE + program + AFTER],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
