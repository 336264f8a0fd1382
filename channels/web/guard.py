"""Who may talk to the web channel and the playground: a page of our own, on this machine unless it was opened to
others.

The playground needs no password, so a page of somebody else must not reach it through the visitor's browser: neither
by a cross-site
request (Origin, Sec-Fetch-Site) nor by a name that is re-bound to 127.0.0.1 (Host).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SWITCHED_OFF = "The playground is switched off on this server. Set CONDUCTOR_PLAYGROUND=true to open it."
WRONG_NAME = "The playground answers to http://127.0.0.1 or http://localhost only. Open it by that address."
FOREIGN = "This request comes from another site. Open the playground itself."


class Access(Protocol):
    """The two settings that decide who may come in (`bot.settings.Settings`)."""

    @property
    def playground(self) -> bool | None: ...
    @property
    def playground_on(self) -> bool: ...


def refusal(headers: Mapping[str, str], access: Access | None, *, navigation: bool = False) -> str | None:
    """Why a request is refused, as a sentence; None when it may pass. Header names are in lower case.

    Unless the playground was opened on purpose (`access.playground`), it answers to names of this machine only.
    `navigation`: somebody
    opens the page, perhaps by a link on another site; that is no danger, the page itself sends nothing.
    """
    if access is not None and not access.playground_on:
        return SWITCHED_OFF
    host = headers.get("host", "")
    if not (access and access.playground) and _name(host) not in LOOPBACK:
        return WRONG_NAME
    if navigation:
        return None
    if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return FOREIGN
    origin = headers.get("origin")
    if origin is not None and _place(origin) != host.lower():
        return FOREIGN
    return None


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:  # an unbalanced bracket
        return ""


def _place(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
