"""A PostgreSQL whose machine is gone sends no word of it: without these settings a connection waits for a quarter of an
hour, and every turn that uses it."""

from __future__ import annotations

import socket
from typing import Any

CONNECT_SECONDS = 10.0
"""For a new connection. asyncpg's own is a minute."""

IDLE_SECONDS, EVERY_SECONDS, TIMES = 15, 5, 3
"""After so much silence the machine asks PostgreSQL's whether it is still there; after so many questions without an
answer the connection is broken. So a statement that takes long may, as long as somebody is there to work on it."""

_OPTIONS = {
    "TCP_KEEPIDLE": IDLE_SECONDS,
    "TCP_KEEPINTVL": EVERY_SECONDS,
    "TCP_KEEPCNT": TIMES,
    "TCP_USER_TIMEOUT": (IDLE_SECONDS + EVERY_SECONDS * TIMES) * 1000,  # for what was sent and not acknowledged
}
"""Of Linux; other systems have some of them (tcp(7))."""


def notice_death(connection: Any) -> None:
    """`connection` is asyncpg's. One over a socket of this machine ends with the server's process anyway."""
    transport = getattr(connection, "_transport", None)
    raw = transport.get_extra_info("socket") if transport is not None else None
    if raw is None or raw.family not in (socket.AF_INET, socket.AF_INET6):
        return
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _OPTIONS.items():
        if (option := getattr(socket, name, None)) is not None:
            raw.setsockopt(socket.IPPROTO_TCP, option, value)
