"""The one family of errors that a person is meant to read: what is wrong, and how to mend it."""

from __future__ import annotations


class ConductorError(Exception):
    """Something a user or an operator can mend: a wrong setting, an unknown survey, a file that can't be read.

    `message` says what is wrong and where, in whole sentences; `mend` says what to do about it (may be empty when the
    message already does). The command line prints both on standard error and ends with exit code 2; nothing is half
    done. A bug is not a `ConductorError`: it keeps its traceback.
    """

    def __init__(self, message: str, mend: str = "") -> None:
        super().__init__(message, mend)
        self.message = message
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.message} {self.mend}" if self.mend else self.message
