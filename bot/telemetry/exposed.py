"""Figures of a process that has no web server (`conductor worker`): METRICS_PORT opens a small one for `/metrics`,
`/health/live` and `/health/ready`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.telemetry.access import refusal
from bot.telemetry.figures import REGISTRY

HEAD_BYTES = 8192
PATIENCE_SECONDS = 5.0
"""For a request's head; there is no body that we would read."""

_WORDS = {status: HTTPStatus(status).phrase for status in (200, 400, 401, 403, 404, 503)}


@dataclass(frozen=True)
class Shown:
    """What there is to see. `token`: who shows it may read the figures; "": who asks on this machine. `ready`: whether
    the process does its work."""

    token: str
    figures: Callable[[], bytes] = lambda: bytes(generate_latest(REGISTRY))
    ready: Callable[[], bool] = lambda: True


async def expose(host: str, port: int, shown: Shown) -> asyncio.Server:
    """Listen. `port` 0 takes a free one. Close what is returned to stop."""
    return await asyncio.start_server(lambda r, w: answer(r, w, shown), host, port, limit=HEAD_BYTES)


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, shown: Shown) -> None:
    """One request's; then the connection is closed."""
    try:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_SECONDS)
        peer = (writer.get_extra_info("peername") or ("",))[0]
        status, text, kind = _say(head, peer, shown)
    except (asyncio.TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
        status, text, kind = 400, b"This is no request.\n", "text/plain"
    except ConnectionError:
        writer.close()
        return
    top = f"HTTP/1.1 {status} {_WORDS[status]}\r\nContent-Type: {kind}\r\nContent-Length: {len(text)}\r\n"
    writer.write(f"{top}Connection: close\r\n\r\n".encode() + text)
    writer.close()


def _say(head: bytes, peer: str, shown: Shown) -> tuple[int, bytes, str]:
    """Status, body and its type. Raises ValueError for what is no request."""
    first, *rest = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ")
    if method != "GET" or path not in ("/metrics", "/health/live", "/health/ready"):
        return 404, b"There are /metrics, /health/live and /health/ready.\n", "text/plain"
    if path == "/health/live":
        return 200, b'{"alive":true}', "application/json"
    if path == "/health/ready":
        state = shown.ready()
        return 200 if state else 503, b'{"ready":%s}' % (b"true" if state else b"false"), "application/json"
    if (refused := refusal(_headers(rest), peer, shown.token)) is not None:
        return refused[0], f"{refused[1]}\n".encode(), "text/plain"
    return 200, shown.figures(), CONTENT_TYPE_LATEST


def _headers(lines: list[str]) -> Mapping[str, str]:
    named = (line.partition(":") for line in lines if line)
    return {name.strip().lower(): value.strip() for name, _, value in named}
