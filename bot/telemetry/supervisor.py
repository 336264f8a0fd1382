"""A word to systemd: that a process has started (units of `Type=notify`), or is on its way out. Whoever restarts
several of them one after the other waits for it."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import Final, Literal

VARIABLE: Final = "NOTIFY_SOCKET"
"""Set by systemd; without it nobody waits for us."""


def tell_supervisor(state: Literal["READY=1", "STOPPING=1"]) -> None:
    """Say it, where somebody listens. A supervisor that has gone is no reason to fail."""
    address = os.environ.get(VARIABLE, "")
    if not address.startswith(("/", "@")):
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as wire:
        wire.connect(f"\0{address[1:]}" if address[0] == "@" else address)
        wire.sendall(state.encode())
