"""A web server for programs on this machine alone: what the local providers listen with."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aiohttp import web

ADDRESS = "127.0.0.1"
_NAMES = (ADDRESS, "localhost")
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Loopback:
    """Serves `app` on 127.0.0.1. It refuses pages of a browser, which could reach it through a visitor: an SDK sends
    neither Origin nor Sec-Fetch-Site, and a name that is re-bound to this address is not one of ours.

    `bind` takes the port, so that the address is known (and connections wait) before anything runs. `told` is called
    after each request that was let in, with the request and the status of its answer."""

    app: web.Application = field(default_factory=web.Application)
    told: list[Callable[[web.Request, int], None]] = field(default_factory=list)
    url: str = ""
    _socket: socket.socket | None = None
    _runner: web.AppRunner | None = None

    def __post_init__(self) -> None:
        self.app.middlewares.append(self._guard())

    def bind(self, port: int = 0) -> str:
        """Take `port` (0: a free one). Returns the address, without a slash at the end; the same when called again."""
        if self._socket is None:
            self._socket = socket.create_server((ADDRESS, port), backlog=128)
            self.url = f"http://{ADDRESS}:{self._socket.getsockname()[1]}"
        return self.url

    async def start(self) -> None:
        """Answer."""
        self.bind()
        assert self._socket is not None
        # No access log: Telegram's paths hold the token.
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket).start()

    async def stop(self) -> None:
        """Close the connections and give the port back."""
        if self._runner is not None:
            await self._runner.cleanup()
        if self._socket is not None:
            self._socket.close()
        self._socket = self._runner = None

    def _guard(self) -> Callable[[web.Request, _Handler], Awaitable[web.StreamResponse]]:
        @web.middleware
        async def guard(request: web.Request, handler: _Handler) -> web.StreamResponse:
            if not _a_program_here(request):
                return web.Response(status=403, text="This address is for programs on this machine.\n")
            answer = await handler(request)
            for tell in self.told:
                tell(request, answer.status)
            return answer

        return guard


def _a_program_here(request: web.Request) -> bool:
    name = None
    with suppress(ValueError):  # an unbalanced bracket
        name = urlsplit(f"//{request.host}").hostname
    return name in _NAMES and not {"Origin", "Sec-Fetch-Site"} & set(request.headers)
