"""Headers of every page, and who may call it."""

from __future__ import annotations

from typing import Any

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from channels.sanic_io import headers_of
from channels.web.guard import refusal

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
"""Nothing from elsewhere, nothing inline: neither a survey's words nor a customer's can run as a script."""


def guard(request: Request, *, navigation: bool = False) -> HTTPResponse | None:
    """A refusal, or None. Refuses with a sentence where the playground is off or the request is not the page's own."""
    settings: Any = getattr(getattr(request.app.ctx, "conductor", None), "settings", None)
    reason = refusal(headers_of(request), settings, navigation=navigation)
    if reason is None:
        return None
    return response.text(reason + "\n", status=403) if navigation else problem(reason, 403)


def problem(sentence: str, status: int) -> HTTPResponse:
    """An error as the page shows it."""
    return response.json({"error": sentence}, status=status)
