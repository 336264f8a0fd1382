"""Text that every database takes."""

from __future__ import annotations

import re

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""NUL (PostgreSQL takes none) and halves of a surrogate pair (JSON allows both, escaped)."""


def storable_text(text: str) -> str:
    """`text` with U+FFFD in place of what no database takes."""
    return _UNSTORABLE.sub("\ufffd", text)
