"""HTTP by hand, for clients that behave badly."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from contextlib import suppress
from urllib.parse import urlsplit


def get(url: str, **headers: str) -> tuple[int, str]:
    """Status and text, whatever the status."""
    request = urllib.request.Request(url, headers={k.replace("_", "-"): v for k, v in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def say(url: str, *parts: bytes, pause: float = 0.0, drip: bytes = b"") -> bytes:
    """Send `parts`, then one byte of `drip` every `pause` seconds until the server closes or `drip` is at its end.
    Returns all that the server said."""
    place, heard = urlsplit(url), b""
    with socket.create_connection((place.hostname or "", place.port or 80), timeout=10) as connection:
        for part in parts:
            connection.sendall(part)
        connection.settimeout(pause or 10)
        for byte in drip:
            try:
                with suppress(socket.timeout):
                    if not (new := connection.recv(65536)):
                        return heard
                    heard += new
                connection.sendall(bytes([byte]))
            except OSError:
                return heard
        connection.settimeout(10)
        with suppress(OSError):
            while new := connection.recv(65536):
                heard += new
    return heard
