"""A server starts, whatever of Sanic's we have replaced: at its start Sanic compiles some of its own methods anew."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
from sanic import Sanic
from sanic.touchup import TouchUp
from bot.console.mount import ConsoleInput
from rasa.core.channels.channel import register
app = Sanic("starts", configure_logging=False)
register([ConsoleInput()], app, "/webhooks/")
TouchUp.run(app)
print("started")
"""


def test_sanics_start_comes_to_its_end() -> None:
    """In a process of its own: it happens once in one."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout.endswith("started\n"), done.stderr[-2000:]
