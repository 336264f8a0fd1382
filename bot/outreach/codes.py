"""Link codes: how they look, and where one stands in a message. Pure; randomness is handed in.

A code fits a deep link of Telegram's (64 characters of A–Z, a–z, 0–9, _ and -:
https://core.telegram.org/bots/features#deep-linking) and can be typed by hand on any channel.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without I, L, O and U: nobody has to guess which sign it is (https://www.crockford.com/base32.html)."""
SIGNS = 16
"""80 bits. Who sends a million guesses a second at a million open codes needs 38,000 years for even odds of one hit."""
WORD = "LINK"

_BYTES = SIGNS * 5 // 8
_LOOKS_LIKE = str.maketrans("OIL", "011")
_GROUPED = r"[0-9A-Za-z]{4}(?:-[0-9A-Za-z]{4}){3}"
_SAID = re.compile(rf"\s*(?:{WORD}[\s:]+({_GROUPED}|[0-9A-Za-z]{{{SIGNS}}})|({_GROUPED}))\s*[.!]?\s*", re.IGNORECASE)


def make_code(randomness: Callable[[int], bytes]) -> str:
    """A new code, ``7Q2K-M9XD-4TPV-B8NR``. `randomness(n)` gives n bytes that nobody can predict
    (`secrets.token_bytes`)."""
    number = int.from_bytes(randomness(_BYTES), "big")
    signs = "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(SIGNS)))
    return "-".join(signs[place : place + 4] for place in range(0, SIGNS, 4))


def normal(code: str) -> str | None:
    """The code in its one form (no hyphens, capitals, 0 for O, 1 for I and L); None for what can't be one."""
    signs = code.strip().replace("-", "").upper().translate(_LOOKS_LIKE)
    return signs if len(signs) == SIGNS and set(signs) <= set(ALPHABET) else None


def code_in(text: str, start: str = "") -> str | None:
    """The code that a message brings: in a deep link (`start`), after the word LINK, or alone in its groups of four.
    None: it brings none, and means whatever it says."""
    if start:
        return normal(start)
    found = _SAID.fullmatch(text)
    return normal(found.group(1) or found.group(2)) if found else None


def digest(code: str) -> str:
    """What is stored of a code: who reads the database can redeem nothing. `code` as `normal` gives it."""
    return hashlib.sha256(code.encode()).hexdigest()
