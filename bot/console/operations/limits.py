"""How much and how slowly a client may send: the last line, behind the reverse proxy's own limits.

Sanic 21.12 counts its time-outs from the last byte, so a client that sends one byte now and then ("slow loris") holds
its connection for ever. Here a request's head and body have to be complete within a time, whatever drips in.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

from sanic import Sanic, response
from sanic.exceptions import HeaderExpectationFailed, InvalidUsage, RequestTimeout, SanicException
from sanic.headers import parse_accept
from sanic.http import Http, Stage
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.server.protocols.http_protocol import HttpProtocol
from sanic.touchup import TouchUp

BODY_BYTES = 1_000_000
"""Of the largest request: four times the largest webhook any provider sends. Sanic's own limit is 100 MB."""

HEADERS = 100
"""Fields of a request's head. Providers send about 20, a browser behind two proxies about 30. Together they may have
8 kB (Sanic's REQUEST_MAX_HEADER_SIZE)."""


LAST_WORD_SECONDS = 0.5
"""After being told (408) a client has so long to stop sending."""


@dataclass(frozen=True)
class Limits:
    """Seconds: for a request to arrive whole (`request`), of silence while it is answered (`response`; open pages get a
    sign of life every 15), and of silence between two requests of a connection (`keep_alive`; longer than the proxy's
    own, or it finds connections closed that it just wanted to use)."""

    request: float = 15.0
    response: float = 60.0
    keep_alive: float = 75.0
    body_bytes: int = BODY_BYTES
    headers: int = HEADERS


_FORBIDDEN = re.compile("[\r\n\0]")
"""In the value of a header (RFC 9110, 5.5)."""

_LENGTH = re.compile("[0-9]{1,18}")
"""What a Content-Length may be (RFC 9110, 8.6). Python also takes "-1", for whose end Sanic waits without a pause, and
"1_0", which a proxy before us reads as something else."""

_since: WeakKeyDictionary[asyncio.Task[Any], float] = WeakKeyDictionary()
"""Connection's task → since when its present request is under way, as far as it was seen. Looked at every few seconds:
a request pays for it only while a slow one is about."""


def keep(app: Sanic, limits: Limits) -> None:
    """Every connection that comes in from now on is held to `limits`."""
    config = app.config
    config.REQUEST_TIMEOUT, config.RESPONSE_TIMEOUT = limits.request, limits.response
    config.KEEP_ALIVE_TIMEOUT, config.REQUEST_MAX_SIZE = limits.keep_alive, limits.body_bytes
    _watch_slow_ones()


def too_many_headers(request: Request, most: int = HEADERS) -> HTTPResponse | None:
    """431 for a head with too many fields; None lets the request pass."""
    if len(request.headers) <= most:
        return None
    return response.text(f"A request may have {most} header fields.\n", status=431)


def _watch_slow_ones() -> None:
    if getattr(HttpProtocol.check_timeouts, "strict", False):
        return
    stock, begin = HttpProtocol.check_timeouts, Http.init_for_request

    def check_timeouts(self: Any) -> None:
        if self._task is None or not _overdue(self):
            stock(self)
        elif self._http.stage in (Stage.REQUEST, Stage.HANDLER):
            self._http.exception = RequestTimeout("The request did not arrive in time.")
            self._task.cancel()
            self.loop.call_later(LAST_WORD_SECONDS, self.check_timeouts)
        else:  # it has been told, and goes on
            self.transport.abort()

    def init_for_request(self: Any) -> None:
        if _since:
            _since.pop(self.protocol._task, None)
        begin(self)

    check_timeouts.strict = True  # type: ignore[attr-defined]
    HttpProtocol.check_timeouts, Http.init_for_request = check_timeouts, init_for_request


def refuse_the_unreadable() -> None:
    """A head that Sanic can't make a request of (a length that is no number, an address that is none), or that it can't
    answer later, is answered 400, and not with 500 and a traceback in the log. Call it when the server has started:
    at its start Sanic compiles the source of this method anew, in a module of its own, where ours means nothing."""
    stock = Http.http1_request_header
    if getattr(stock, "strict", False):
        return

    async def http1_request_header(self: Any) -> None:
        try:
            await stock(self)
        except HeaderExpectationFailed:
            self.url = None  # Sanic's own words repeat the field, whose bytes may not be text
            raise HeaderExpectationFailed("Only 'Expect: 100-continue' is understood.") from None
        except SanicException:
            raise
        except Exception as error:
            self.url = None
            raise InvalidUsage("The request's head can't be read.") from error
        request = self.request
        if not _readable(request):
            self.request = self.url = self.request_body = None  # nor is it known where a body would end
            self.request_bytes_left, self.keep_alive = 0, False
            raise InvalidUsage("The request's head can't be read.")
        _take_any_form(request)

    TouchUp._registry.discard((Http, "http1_request_header"))
    http1_request_header.strict = True  # type: ignore[attr-defined]
    Http.http1_request_header = http1_request_header


def _readable(request: Request) -> bool:
    """Whether method, fields and length are what they may be, and the length is said in one way (RFC 9112, 6.3)."""
    lengths = request.headers.getall("content-length", [])
    if len(lengths) > 1 or (lengths and "transfer-encoding" in request.headers):
        return False
    if lengths and not _LENGTH.fullmatch(lengths[0].strip(" \t")):
        return False
    return request.method.isascii() and not any(_FORBIDDEN.search(value) for value in request.headers.values())


def _take_any_form(request: Request) -> None:
    """An Accept field that is none counts as none (RFC 9110, 12.5.1): Sanic reads it while it writes an error page."""
    try:
        request.accept  # noqa: B018 -- it is read once, and kept
    except Exception:
        request.parsed_accept = parse_accept("*/*")


def arriving(http: Any) -> bool:
    """Whether a part of the connection's present request is still to come."""
    return http.stage is Stage.REQUEST or bool(getattr(http, "request_body", None))


def _overdue(connection: Any) -> bool:
    if not arriving(connection._http):
        _since.pop(connection._task, None)
        return False
    now = monotonic()
    return now - _since.setdefault(connection._task, now) > connection.request_timeout
