"""The console's cookies. `__Host-` has the browser itself insist on Secure, this host alone, and the whole path.

Chromium and Firefox keep Secure cookies on http://127.0.0.1 and http://localhost; from elsewhere they need https.
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie

from sanic.request import Request
from sanic.response import HTTPResponse

SESSION = "__Host-conductor"
STEP = "__Host-conductor-step"
"""Between the password and the code."""
ELSEWHERE = "__Host-conductor-oidc"
"""While somebody is at their company's sign-in."""


def keep(answer: HTTPResponse, name: str, value: str, seconds: int | None = None) -> HTTPResponse:
    """Without `seconds` it goes with the browser's window."""
    answer.cookies[name] = value
    answer.cookies[name].update({"secure": True, "httponly": True, "samesite": "Lax", "path": "/"})
    if seconds is not None:
        answer.cookies[name]["max-age"] = seconds
    return answer


def drop(answer: HTTPResponse, *names: str) -> HTTPResponse:
    for name in names:
        keep(answer, name, "", 0)
    return answer


def cookie(request: Request, name: str) -> str:
    """Its value, "" when there is none. Another program on this domain may have set some whose names are not allowed:
    these are passed over, so that nobody is locked out by them."""
    try:
        value = request.cookies.get(name, "")
    except CookieError:
        value = _allowed(request.headers.getone("cookie", "")).get(name, "")
    return value if isinstance(value, str) else ""


def _allowed(header: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in header.split(";"):
        try:
            found.update({name: one.value for name, one in SimpleCookie(part.strip()).items()})
        except CookieError:
            continue
    return found
