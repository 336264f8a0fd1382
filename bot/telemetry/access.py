"""Who may read the figures: whoever shows the token; without one, a program on this machine that asks us directly."""

from __future__ import annotations

from collections.abc import Mapping
from hmac import compare_digest
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "::1", "localhost")
PASSED_ON = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""Headers of a proxy: behind one on this machine everybody seems to be on this machine."""

HOW = "Set METRICS_TOKEN, and send it: 'Authorization: Bearer …' (docs/how-to/monitor.md)."


def refusal(headers: Mapping[str, str], peer: str, token: str) -> tuple[int, str] | None:
    """Status and sentence for who may not; None for who may. Header names are in lower case."""
    if token:
        shown = headers.get("authorization", "")
        right = compare_digest(shown.encode("utf-8", "surrogateescape"), f"Bearer {token}".encode())
        return None if right else (401, "The token is missing or wrong.")
    if peer in LOOPBACK and _name(headers.get("host", "")) in LOOPBACK and not any(h in headers for h in PASSED_ON):
        return None
    return 403, f"Figures are for this machine only. {HOW}"


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:  # an unbalanced bracket
        return ""
