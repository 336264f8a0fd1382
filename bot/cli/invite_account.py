"""What became of the rows of a file, told to whoever called `conductor invite`."""

from __future__ import annotations

from collections.abc import Sequence

import click
from rich.console import Console

from bot.outreach.campaign import Outcome

EXAMPLES = 10
"""Rows of one kind that are shown, with their reason; of the others the summary gives the lines."""
RANGES = 40
"""Lines, or runs of lines, that are listed at most."""


class Account(Outcome):
    """Shows what is not as it should be, and counts everything. `skipped` tells reasons apart without what differs from
    row to row."""

    def __init__(self, console: Console | None = None) -> None:
        """`console` None: only what `summarise` says."""
        super().__init__()
        self._console = console

    def is_bad(self, line: int, reason: str) -> None:
        self.bad.append(line)
        self._show(len(self.bad), f"line {line}: {reason.rstrip('.')}")

    def skip(self, line: int, reason: str) -> None:
        kind = "asked recently" if reason.startswith("asked on") else reason
        lines = self.skipped.setdefault(kind, [])
        lines.append(line)
        self._show(len(lines), f"line {line}: skipped, {reason}")

    def add(self, other: Outcome) -> None:
        self.invited += other.invited
        self.waiting += other.waiting
        self.bad.extend(other.bad)
        for line, reason in sorted((line, reason) for reason, lines in other.skipped.items() for line in lines):
            self.skip(line, reason)

    def so_far(self) -> Outcome:
        """A copy."""
        return Outcome(self.invited, self.waiting, dict(self.skipped), list(self.bad))

    def _show(self, count: int, words: str) -> None:
        if self._console is None or count > EXAMPLES + 1:
            return
        words = words if count <= EXAMPLES else "… and more of this kind"
        self._console.print(words, markup=False, highlight=False, soft_wrap=True)

    def summarise(self, rows: int, dry_run: bool = False) -> None:
        skipped = sum(map(len, self.skipped.values()))
        verb = "would be invited" if dry_run else "invited"
        click.echo(f"{rows} rows: {self.invited} {verb}, {skipped} skipped, {len(self.bad)} bad.")
        if self.waiting:
            click.echo(f"  {self.waiting} of the invited wait: another survey is running")
        for reason, lines in sorted(self.skipped.items(), key=lambda item: -len(item[1])):
            click.echo(f"  {len(lines)} skipped: {reason}")
        if len(self.bad) > EXAMPLES:
            click.echo(f"  bad lines: {ranges(self.bad)}")


def ranges(lines: Sequence[int]) -> str:
    """Ascending lines, runs of them as "13–20", and "…" when there are more than `RANGES` of those."""
    runs: list[list[int]] = []
    for line in lines:
        if runs and line == runs[-1][1] + 1:
            runs[-1][1] = line
        else:
            runs.append([line, line])
    words = [str(first) if first == last else f"{first}–{last}" for first, last in runs[:RANGES]]
    return ", ".join([*words, "…"] if len(runs) > RANGES else words)
