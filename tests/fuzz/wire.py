"""Bytes to a Sanic server in this process and back, without a socket: what a fuzzer needs thousands of times a second.

The client sends all at once. When the server wants more, the client has hung up."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from sanic import Sanic
from sanic.server.protocols.http_protocol import HttpProtocol

_STATUS = re.compile(rb"^HTTP/1\.1 (\d{3}) ", re.MULTILINE)
SECONDS = 20.0
"""Whoever answers nothing for so long hangs."""


class _Wire(asyncio.Transport):
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__({"peername": ("127.0.0.1", 40000), "sockname": ("127.0.0.1", 5005)})
        self._loop, self.sent, self.protocol = loop, bytearray(), None
        self.over = asyncio.Event()

    def write(self, data: Any) -> None:
        self.sent += data

    def is_closing(self) -> bool:
        return self.over.is_set()

    def close(self) -> None:
        if not self.over.is_set():
            self.over.set()
            self._loop.call_soon(self.protocol.connection_lost, None)  # type: ignore[attr-defined]

    abort = close

    def resume_reading(self) -> None:
        """It wants more than there is."""
        self.close()

    def pause_reading(self) -> None: ...

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...


async def exchange(app: Sanic, data: bytes) -> tuple[list[int], bytes]:
    """The statuses that the server answers to `data`, and its bytes. Returns when nothing of it is at work any more."""
    loop = asyncio.get_running_loop()
    protocol, wire = HttpProtocol(loop=loop, app=app), _Wire(loop)
    wire.protocol = protocol
    protocol.connection_made(wire)
    task = protocol._task
    if data:
        protocol.data_received(data)
    else:
        wire.close()
    await asyncio.wait_for(asyncio.gather(task, return_exceptions=True), SECONDS)
    sent = bytes(wire.sent)
    return [int(status) for status in _STATUS.findall(sent)], sent
