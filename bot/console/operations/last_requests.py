"""Whom a server that ends still waits for: for answers that are being made, as long as Sanic's
GRACEFUL_SHUTDOWN_TIMEOUT (15 s); for the rest of a request that has not arrived, a few seconds.

Sanic 21.12 waits 15 seconds for a client that sent half a request and is silent, and for a connection that is kept
open after its last answer.
"""

from __future__ import annotations

from time import monotonic
from typing import Any

from sanic.exceptions import RequestTimeout
from sanic.http import Stage
from sanic.server.protocols.http_protocol import HttpProtocol

from bot.console.operations.limits import LAST_WORD_SECONDS, arriving

ARRIVE_SECONDS = 3.0
"""So long a request that has begun to arrive may take, once nobody listens any more. Longer than what a provider sends
is on its way on a bad day."""

LOOK_SECONDS = 0.1
"""How often a connection that is still open is looked at; Sanic looks as often whether all are gone."""


def see_them_off(seconds: float = ARRIVE_SECONDS) -> None:
    """Sanic calls `close_if_idle` once for each connection, when it does not listen any more; from then on we look
    after those that stay open."""
    stock = HttpProtocol.close_if_idle
    if getattr(stock, "ours", False):
        return

    def close_if_idle(self: Any) -> bool:
        closed = stock(self)
        if not closed:
            look(self, monotonic() + seconds)
        return closed

    def look(connection: Any, until: float) -> None:
        if connection.transport is None or stock(connection):
            return
        if monotonic() >= until and arriving(connection._http):
            _send_away(connection)
        else:
            connection.loop.call_later(LOOK_SECONDS, look, connection, until)

    close_if_idle.ours = True  # type: ignore[attr-defined]
    HttpProtocol.close_if_idle = close_if_idle


def _send_away(connection: Any) -> None:
    """408: whoever sent it may send it again (RFC 9110, 15.5.9), to a server that is there."""
    if connection._http.stage in (Stage.REQUEST, Stage.HANDLER):
        connection._http.exception = RequestTimeout("The server is stopping, and the request did not arrive in time.")
        connection._task.cancel()
    connection.loop.call_later(LAST_WORD_SECONDS, connection.abort)
