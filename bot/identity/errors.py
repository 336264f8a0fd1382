"""Errors that a page tells in its reader's language."""

from __future__ import annotations

from bot.errors import ConductorError


class Told(ConductorError):
    """`reason` is the key of the sentence in the console's words (`refused.<reason>`)."""

    def __init__(self, reason: str, message: str, mend: str = "") -> None:
        super().__init__(message, mend)
        self.reason = reason
