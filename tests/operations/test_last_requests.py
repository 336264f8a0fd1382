"""For whom a server that ends still waits."""

from __future__ import annotations

import signal
import socket

from tests.operations.ending import process

PATIENCE = 9
"""Seconds: more than the server's (3), less than Sanic's own (15)."""

PROGRAM = """
@app.get("/work")
async def work(request):
    done = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, done.set)
    say("at work")
    await done.wait()
    return response.text("done")

@app.post("/take")
async def take(request):
    return response.text("taken")

os.environ["CONDUCTOR_BANNER"] = "ready"
"""
HEAD = b"POST /take HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"


def _heard(wire: socket.socket) -> bytes:
    """All that comes until the server closes."""
    heard = b""
    while new := wire.recv(65536):
        heard += new
    return heard


def test_it_waits_for_its_own_work_and_not_for_silent_clients() -> None:
    running = process(PROGRAM)
    assert running.stdout is not None
    port = int(running.stdout.readline().split()[1])
    assert running.stdout.readline() == "ready\n"
    waiting, head, body, late = (socket.create_connection(("127.0.0.1", port), PATIENCE) for _ in range(4))
    head.sendall(HEAD[:20])
    body.sendall(HEAD + b"\r\n{")
    late.sendall(HEAD + b"\r\n{")
    waiting.sendall(b"GET /work HTTP/1.1\r\nHost: a\r\n\r\n")
    assert running.stdout.readline() == "at work\n"
    running.send_signal(signal.SIGTERM)
    assert running.stdout.readline() == "detached\n"
    late.sendall(b"1234")
    assert _heard(late).startswith(b"HTTP/1.1 200"), "what arrives soon is answered"
    for silent in (head, body):
        assert _heard(silent).startswith(b"HTTP/1.1 408")
    assert running.poll() is None
    running.send_signal(signal.SIGUSR1)
    assert _heard(waiting).startswith(b"HTTP/1.1 200"), "what is in hand keeps its time"
    # It was a connection to be kept open; nobody waits for that.
    said, wrong = running.communicate(timeout=PATIENCE)
    assert (said, running.returncode) == ("left\n", 0), wrong[-2000:]
