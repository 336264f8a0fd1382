"""`conductor doctor` on the port: where the server of this database listens, and whether the one of the settings is
free."""

from __future__ import annotations

import http.client
import json
import socket

from bot.cli.doctor_finding import Finding
from bot.cli.one_server import listening_at
from bot.cli.place import database_file
from bot.settings import Settings

ANSWER_SECONDS = 2.0
LONGEST_ANSWER = 1000
"""Bytes. Whoever listens there may be anybody."""


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
    if taken and _conductor_answers(settings):
        return _other_server(settings, configured)
    if taken:
        return Finding("warn", "Port", words, "If no conductor runs there, set CONDUCTOR_PORT or CONDUCTOR_HOST.")
    return Finding("ok", "Port", f"{words}; {_elsewhere(settings)}")


def _elsewhere(settings: Settings) -> str:
    if database_file(settings.database_url) is None:
        return "other ports, and other machines, were not looked at"
    return "no server uses this database now"


def _other_server(settings: Settings, place: str) -> Finding:
    """A conductor listens there. That of this SQLite file would have left its note."""
    if database_file(settings.database_url) is None:
        return Finding("ok", "Port", f"a conductor listens at {place}")
    words = f"a conductor listens at {place}, and it uses another database"
    return Finding("warn", "Port", words, "Set CONDUCTOR_PORT for one of the two, or DATABASE_URL as that one has it.")


def _conductor_answers(settings: Settings) -> bool:
    """Whether what listens there says of itself that it is alive, as our servers do (`/health/live`)."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - who listens on all addresses is asked on this one
    host = everywhere.get(settings.host, settings.host)
    asked = http.client.HTTPConnection(host, settings.port, timeout=ANSWER_SECONDS)
    try:
        asked.request("GET", "/health/live")
        return bool(json.loads(asked.getresponse().read(LONGEST_ANSWER)) == {"alive": True})
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        asked.close()


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
