"""The console's own files, read once. A name that is not one of them does not exist: nothing is looked up on the disk
by request."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

STATIC = Path(__file__).with_name("static")
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class StaticFile:
    body: bytes
    type: str
    tag: str
    """Changes with the content (an ETag)."""


@lru_cache(maxsize=1)
def files() -> Mapping[str, StaticFile]:
    """Path below `static/` → file."""
    return {
        path.relative_to(STATIC).as_posix(): StaticFile(
            body, TYPES[path.suffix], f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        )
        for path in sorted(STATIC.rglob("*"))
        if path.suffix in TYPES and (body := path.read_bytes()) is not None
    }


def address_of(name: str) -> str:
    """The address of a file of `static/`. Raises KeyError for an unknown one, so that no page asks in vain."""
    files()[name]
    return f"/console/static/{name}"
