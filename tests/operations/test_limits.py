"""What a client may send, and how slowly: against the real server, whose patience is one second here."""

from __future__ import annotations

import time

import pytest

from bot.console.operations.limits import BODY_BYTES, HEADERS
from tests.operations.wire import get, say
from tests.server import Server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("operations")]

HEAD = b"POST /webhooks/web/webhook HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
PATIENT = b"x" * 60
"""Sixty bytes, a fifth of a second apart: none of Sanic's own time-outs would ever see silence."""


def test_a_head_that_drips_in_is_cut_off(server: Server) -> None:
    started = time.monotonic()
    heard = say(server.url, HEAD, b"X-Slow: ", pause=0.2, drip=PATIENT)
    assert heard.startswith(b"HTTP/1.1 408"), heard
    assert time.monotonic() - started < 8


def test_a_body_that_drips_in_is_cut_off(server: Server) -> None:
    started = time.monotonic()
    heard = say(server.url, HEAD, b"Content-Length: 5000\r\n\r\n{", pause=0.2, drip=PATIENT)
    assert heard.startswith(b"HTTP/1.1 408"), heard
    assert time.monotonic() - started < 8


def test_others_are_served_while_somebody_is_slow(server: Server) -> None:
    heard = say(server.url, b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert heard.startswith(b"HTTP/1.1 200"), heard


def test_a_connection_that_is_used_again_and_again_is_never_slow(server: Server) -> None:
    """Each request counts from its own beginning: this connection lives longer than one may take."""
    one = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
    heard = say(server.url, one, pause=0.05, drip=one)
    assert heard.count(b"HTTP/1.1 200") == 1
    heard = say(server.url, *[one] * 40, b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert heard.count(b"HTTP/1.1 200") == 41


def test_too_many_header_fields_are_refused(server: Server) -> None:
    fields = {f"X-{number}": "1" for number in range(HEADERS + 1)}
    status, words = get(f"{server.url}/health/live", **fields)
    assert (status, f"{HEADERS} header fields" in words) == (431, True)


def test_a_head_that_is_too_long_is_refused(server: Server) -> None:
    heard = say(server.url, b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 9000 + b"\r\n\r\n")
    assert heard.startswith(b"HTTP/1.1 413"), heard[:100]


def test_a_body_that_is_too_long_is_refused(server: Server) -> None:
    long = f"POST /console/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: {BODY_BYTES + 1}\r\n\r\n"
    heard = say(server.url, long.encode(), b"x" * 1000)
    assert heard.startswith(b"HTTP/1.1 413"), heard[:100]


@pytest.mark.parametrize(
    "lengths",
    [
        b"Content-Length: -1\r\n",  # Sanic waited for its end without a pause: nobody else was served any more
        b"Content-Length: +2\r\n",
        b"Content-Length: 1_0\r\n",
        b"Content-Length: 2\r\nContent-Length: 3\r\n",
        b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
    ],
)
def test_a_length_that_is_none_is_refused_and_the_connection_ends(server: Server, lengths: bytes) -> None:
    again = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
    heard = say(server.url, HEAD + lengths + b"\r\n{}" + again)
    assert heard.startswith(b"HTTP/1.1 400"), heard[:100]
    assert heard.count(b"HTTP/1.1") == 1
    test_others_are_served_while_somebody_is_slow(server)


def test_blanks_behind_a_length_are_no_part_of_it(server: Server) -> None:
    heard = say(server.url, b"GET /health/live HTTP/1.1\r\nHost: a\r\nContent-Length: 0 \r\nConnection: close\r\n\r\n")
    assert heard.startswith(b"HTTP/1.1 200"), heard[:100]


@pytest.mark.parametrize("path", ["/conversations/1/tracker", "/domain", "/status", "/version"])
def test_rasas_own_interface_is_closed(server: Server, path: str) -> None:
    """It would show every conversation to anybody, and take a new model from them."""
    assert get(f"{server.url}{path}")[0] == 404
