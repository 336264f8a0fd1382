"""Reading a file of contacts in parts, each row checked before anybody is invited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.cli.contacts_file import BadRow, ContactsFile, Row
from bot.cli.invite_account import Account, ranges
from bot.errors import ConductorError
from bot.outreach.campaign import Line
from bot.outreach.invite import Invitee
from bot.outreach.invitee import BadInvitee, checked

BATCH = 200
"""Contacts in one transaction: small enough that a server beside it on SQLite waits a fraction of a second."""


class Reading:
    """`common`: what holds for all rows that say nothing else. `region`: in which numbers without a country code are.
    Rows that can't be used go to `account`."""

    def __init__(self, file: ContactsFile, common: Invitee, region: str, account: Account, progress: Progress) -> None:
        self.file, self.account, self.progress = file, account, progress
        self._common, self._region = common, region
        self._seen: set[str] = set()

    def batches(self, what: str) -> Iterator[list[Line]]:
        """The rows that can be used, `BATCH` at a time. `what`: the word on the bar. Raises ConductorError where none
        can be; each row's reason is told by then."""
        bar = self.progress.add_task(what, total=self.file.rows)
        lines: list[Line] = []
        for read, row in enumerate(self.file, 1):
            if (usable := self._usable(row)) is not None:
                lines.append(usable)
            if len(lines) == BATCH:
                yield lines
                lines = []
                self.progress.update(bar, completed=read)
        if lines:
            yield lines
        self.progress.remove_task(bar)
        if not self._seen:
            raise _unusable(self.file, self.account)

    def _usable(self, row: Row | BadRow) -> Line | None:
        if isinstance(row, BadRow):
            self.account.is_bad(row.line, row.reason)
            return None
        invitee = replace(
            self._common,
            address=row.address,
            name=row.name,
            language=row.language or self._common.language,
            attributes=row.attributes,
            external_id=row.external_id,
        )
        try:
            invitee = checked(invitee, self._region)
        except BadInvitee as error:
            self.account.is_bad(row.line, error.message)
            return None
        if invitee.address in self._seen:
            self.account.skip(row.line, "the address is in the file twice")
            return None
        self._seen.add(invitee.address)
        return row.line, invitee


def _unusable(file: ContactsFile, account: Account) -> ConductorError:
    if not file.rows:
        return ConductorError(
            f"{file.path} has no rows. Nobody was invited.", "Each line below the first is a contact."
        )
    which = f"None of its {file.rows} rows" if file.rows > 1 else "Its one row"
    words = f"{which} can be used (line {ranges(account.bad)}): {file.path}. Nobody was invited."
    return ConductorError(words, "Correct the rows; what is wrong with them stands above.")


def progress_bar() -> Progress:
    """A bar on a terminal, nothing in a pipe or a log; what it prints goes to standard error."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
