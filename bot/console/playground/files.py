"""The page's own files, read once. A name that is not one of them does not exist: nothing is looked up on the disk by
request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

STATIC = Path(__file__).with_name("static")
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class StaticFile:
    body: bytes
    type: str


@lru_cache(maxsize=1)
def files() -> Mapping[str, StaticFile]:
    """Path below `static/` → file."""
    return {
        path.relative_to(STATIC).as_posix(): StaticFile(path.read_bytes(), TYPES[path.suffix])
        for path in sorted(STATIC.rglob("*"))
        if path.suffix in TYPES
    }
