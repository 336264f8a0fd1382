"""What keeps a console's page safe: its headers, and whether a request comes from a page of ours. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "media-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: with it, browsers send "Origin: null" along with our own forms (Fetch standard, 3.1).
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
"""Nothing from elsewhere, nothing inline: no customer's words can run as a script."""

PRIVATE = "no-store"
"""Cache-Control of pages: they hold customers' words."""


def own(headers: Mapping[str, str], public: str = "") -> bool:
    """Whether a browser says that a page of ours sent this request. Header names are in lower case. `public`: the
    address under which the world knows this server, where a proxy in front changes `Host`.

    Browsers send `Origin` with every form and every fetch that changes something, and `Sec-Fetch-Site` or `Referer`
    with an event stream. Who sends none of them is no page of ours.
    """
    places = {headers.get("host", "").lower(), place(public)} - {""}
    site = headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    origin = headers.get("origin")
    if origin is not None:
        return place(origin) in places
    if site is not None:
        return True
    referer = headers.get("referer", "")
    return bool(referer) and place(referer) in places


def place(url: str) -> str:
    """Host and port of an address; "" for what is none."""
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:  # an unbalanced bracket
        return ""


def own_path(path: str | None) -> str:
    """A path of the console to go on to after signing in, or its first page. Never another site's."""
    first = "/console/inbox"
    if not path or not path.startswith("/console/") or len(path) > 500:
        return first
    if any(c in "\\" or not c.isprintable() for c in path) or "//" in path.partition("?")[0]:
        return first
    return path


def client_address(peer: str, forwarded: str, trusted: Sequence[str]) -> str:
    """Who really asks: the last address of `X-Forwarded-For` that is no proxy of ours. What others write into that
    header counts for nothing, so it is read from its end, and only while the one who passed it on is trusted.

    `trusted`: addresses or networks (10.0.0.0/8) of our proxies.
    """
    here = peer
    for hop in reversed([hop.strip() for hop in forwarded.split(",") if hop.strip()]):
        if not _is_in(here, trusted):
            break
        here = hop
    return here[:64]


def _is_in(address: str, networks: Sequence[str]) -> bool:
    try:
        here = ip_address(address)
    except ValueError:
        return False
    return any(here in ip_network(network, strict=False) for network in networks)
