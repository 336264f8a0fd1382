"""`conductor doctor` on the port: where the server of this database listens, and whether the one of the settings is
free."""

from __future__ import annotations

import socket

from bot.cli.doctor_finding import Finding
from bot.cli.one_server import listening_at
from bot.cli.place import database_file
from bot.settings import Settings


def port(settings: Settings) -> Finding:
    """A server may have been given another port than the settings name (`serve --port`): the one that uses this SQLite
    file says where it listens. Servers of a PostgreSQL database leave no such note."""
    configured, running = _place(settings), listening_at(settings.database_url)
    if running == configured:
        return Finding("ok", "Port", f"the server of this database listens at {running}")
    taken = _refused(settings)
    state = f"can't be used: {taken}" if taken else "is free"
    words = f"{configured}, which CONDUCTOR_HOST and CONDUCTOR_PORT (or their defaults) name, {state}"
    if running:
        return Finding("ok", "Port", f"the server of this database listens at {running}, as --port said; {words}")
    if taken:
        return Finding("warn", "Port", words, "If no conductor runs there, set CONDUCTOR_PORT or CONDUCTOR_HOST.")
    return Finding("ok", "Port", f"{words}; {_elsewhere(settings)}")


def _elsewhere(settings: Settings) -> str:
    if database_file(settings.database_url) is None:
        return "other ports, and other machines, were not looked at"
    return "no server uses this database now"


def _place(settings: Settings) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{host}:{settings.port}"


def _refused(settings: Settings) -> str:
    """Why nobody else can listen there; "" where somebody can."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            return error.strerror or str(error)
    return ""
