"""Passwords, hashed with argon2id (OWASP's first choice; parameters are argon2-cffi's RFC 9106 low-memory defaults)."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.identity.errors import Told

SHORTEST = 12
LONGEST = 200
"""Characters. Long enough to guess at is what counts (NIST SP 800-63B, 5.1.1.2); no rules about signs."""

_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody has this password")


def hash_password(password: str, login: str = "") -> str:
    """Raises `Told` for a password that is too short, too long, or the login."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Told(
            "length", f"A password has {SHORTEST} to {LONGEST} characters.", "Four words in a row are a good one."
        )
    if len(set(password)) < 5 or (login and login.casefold() in password.casefold()):
        raise Told("easy", "That password is easy to guess.", "Choose one without your name and with more variety.")
    return _hasher.hash(password)


def right_password(stored: str | None, password: str) -> bool:
    """Whether `password` is the stored one. Without one (None) it takes as long: nobody learns which logins exist."""
    try:
        return _hasher.verify(stored or _NOBODY, password[:LONGEST]) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def outdated(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)
