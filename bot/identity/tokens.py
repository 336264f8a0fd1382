"""Secrets that are shown once and kept as a hash: sessions, one-time links."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """43 characters of A-Za-z0-9_-: 256 bits."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """How a token is kept. It has 256 bits of its own, so a plain SHA-256 does."""
    return hashlib.sha256(_bytes(token)).hexdigest()


def same(one: str, other: str) -> bool:
    """Compared in constant time."""
    return secrets.compare_digest(_bytes(one), _bytes(other))


def _bytes(token: str) -> bytes:
    """Of a cookie or a header: Sanic keeps bytes that are no UTF-8 as halves of surrogate pairs."""
    return token.encode("utf-8", "surrogateescape")
