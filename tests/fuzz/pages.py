"""The doors of the whole server: raw bytes at its port, the webhooks behind their signatures, forms and searches of the
console, what the playground's page asks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote

from bot.console.desk.cookies import SESSION
from channels.testing import FORM, JSON, PROOFS, Declared, Request, declared
from tests.fuzz.house import House, house

_PATH = re.compile(rb"[^!-~]")


def _target(path: bytes) -> bytes:
    """A path as any client writes it; `port` tries the others."""
    return _PATH.sub(lambda found: quote(found[0]).encode(), path)


def _request(method: bytes, path: bytes, body: bytes, headers: Mapping[str, str]) -> bytes:
    head = b"".join(f"{name}: {value}\r\n".encode("utf-8", "surrogateescape") for name, value in headers.items())
    length = b"Content-Length: %d\r\nConnection: close\r\n" % len(body)
    return b"%s %s HTTP/1.1\r\nHost: localhost\r\n%s%s\r\n%s" % (method, _target(path), length, head, body)


def port(data: bytes) -> object:
    """Whatever somebody sends to the port."""
    return house().send(data)


def webhook(data: bytes) -> object:
    """A provider's request, signed by it. First line: the channel and the path behind it; then the body."""
    first, _, body = data.partition(b"\n")
    name, _, path = first.partition(b"/")
    known = _CHANNELS.get(name)
    if known is None:
        return None
    where = _target(path).decode()
    kind = JSON if body.lstrip()[:1] in (b"{", b"[") else FORM
    request = Request(body, kind, where.partition("#")[0])
    headers = {"Content-Type": kind, **PROOFS[known.cases["proof"]](known, request, 0.0)}
    return house().send(_request(b"POST", b"/webhooks/%s/%s" % (name, request.path.encode()), body, headers))


def console(data: bytes) -> object:
    """Somebody signed in. First line: a path below /console/; a body makes it a form, or what a script sends."""
    here = house()
    session, csrf = here.cookie()
    return _sent(here, data, {"Cookie": f"{SESSION}={session}", "X-CSRF-Token": csrf})


def stranger(data: bytes) -> object:
    """The same with nobody signed in: signing in, its second step, accepting an invitation."""
    return _sent(house(), data, {})


def _sent(here: House, data: bytes, headers: Mapping[str, str]) -> object:
    path, _, body = data.partition(b"\n")
    if path.partition(b"?")[0].rstrip(b"/").endswith(b"/events"):
        return None  # a stream stays open: tests/console tries it
    kind = JSON if body.lstrip()[:1] in (b"{", b"[") else FORM
    given = {"Content-Type": kind, "Origin": "http://localhost", **headers}
    path = path.replace(b"CASE", b"%d" % here.case)
    return here.send(_request(b"POST" if body else b"GET", b"/console/" + path, body, given))


def playground(data: bytes) -> object:
    path, _, body = data.partition(b"\n")
    if path.partition(b"?")[0].rstrip(b"/").endswith(b"/events"):
        return None
    given = {"Content-Type": JSON, "Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    return house().send(_request(b"POST" if body else b"GET", b"/playground/" + path, body, given))


_CHANNELS = {name.encode(): Declared(name) for name in declared()}

DOORS: Mapping[str, Callable[[bytes], object]] = {
    "port": port,
    "webhook": webhook,
    "console": console,
    "stranger": stranger,
    "playground": playground,
}
