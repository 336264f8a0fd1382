"""What `conductor invite` does, apart from its options."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.cli.contacts_file import BadRow, ContactsFile, Row
from bot.cli.opened import Opened, opened
from bot.cli.whatsapp import approvals
from bot.outreach.invite import Invited, Invitee, invite_all, preview
from bot.outreach.invitee import PROVIDERS, BadInvitee, checked, must_carry, normal_language
from bot.outreach.templates import refresh
from bot.storage.invitations import SqlInvitations
from bot.storage.templates import SqlTemplates
from channels.contract import SendError
from survey_flows.model import Survey

BATCH = 200
"""Contacts in one transaction: small enough that a server beside it on SQLite waits a fraction of a second."""

EXAMPLES = 10
"""Rows of one kind that are shown, with their reason; of the others the summary gives the lines."""
RANGES = 40
"""Lines, or runs of lines, that are listed at most."""

WAITS = "The running server takes it up within a second; if none runs, it waits for the next 'conductor serve'."

IN_TURN = "It waits: another survey is running. It starts when that one has ended."


async def one(
    key: str,
    channel: str,
    address: str,
    name: str | None,
    language: str | None,
    attributes: Mapping[str, str],
    provider: str,
    dry_run: bool,
    external_id: str | None = None,
) -> int:
    """Invite one contact. Returns the exit code."""
    async with opened() as house:
        survey = await house.catalogue.live(key)
        region = house.settings.default_region
        invitee = checked(Invitee(channel, address, name, language, attributes, provider, external_id), region)
        templates = await _templates(house, survey, invitee.provider)
        [outcome] = await _ask(house, survey, [invitee], dry_run, templates)
    if outcome.reason:
        click.echo(f"Skipped {invitee.address}: {outcome.reason}.")
        return 0
    click.echo(f"{'Would invite' if dry_run else 'Invited'} {invitee.address} to {key}, in {_in(outcome, invitee)}.")
    if outcome.waits:
        click.echo(IN_TURN)
    elif not dry_run:
        click.echo(WAITS)
    return 0


def _in(outcome: Invited, invitee: Invitee) -> str:
    if invitee.language and invitee.language != outcome.language:
        return f"{outcome.language} (the survey has no {invitee.language})"
    return outcome.language


async def _ask(
    house: Opened, survey: Survey, invitees: Sequence[Invitee], dry_run: bool, templates: Collection[str] | None
) -> list[Invited]:
    do = preview if dry_run else invite_all
    return await do(SqlInvitations(house.database), survey, house.clock, house.settings, invitees, templates)


async def _templates(house: Opened, survey: Survey, provider: str) -> Collection[str] | None:
    """Languages in which WhatsApp may be written to first; None for providers that need no template. Those that wait
    for approval are asked about once more; when Twilio can't be reached, what was known last counts."""
    if provider != "twilio_whatsapp":
        return None
    store = SqlTemplates(house.database)
    try:
        await refresh(store, approvals(), house.clock.now(), survey.key, waiting=True)
    except (SendError, TimeoutError) as error:
        click.echo(f"Whether WhatsApp has approved more templates is not known now: {error}", err=True)
    return await store.approved(survey.key)


@dataclass
class Tally:
    """What became of the rows so far, by their lines. Reasons are told apart without what differs from row to row."""

    invited: int = 0
    waiting: int = 0
    bad: list[int] = field(default_factory=list)
    skipped: dict[str, list[int]] = field(default_factory=dict)


class Run:
    """One file on its way through: prints what is not as it should be, and counts everything."""

    def __init__(
        self,
        house: Opened,
        survey: Survey,
        common: Invitee,
        dry_run: bool,
        progress: Progress,
        templates: Collection[str] | None,
    ) -> None:
        self.house, self.survey, self.common, self.dry_run, self.progress = house, survey, common, dry_run, progress
        self.templates = templates
        self.tally = Tally()
        self.seen: set[str] = set()

    async def batch(self, rows: Sequence[Row | BadRow]) -> None:
        """One transaction."""
        good = [pair for pair in map(self._usable, rows) if pair is not None]
        invitees = [invitee for _, invitee in good]
        outcomes = await _ask(self.house, self.survey, invitees, self.dry_run, self.templates)
        for (line, _), outcome in zip(good, outcomes, strict=True):
            if outcome.reason:
                self._skip(line, outcome.reason)
            else:
                self.tally.invited += 1
                self.tally.waiting += outcome.waits

    def _usable(self, row: Row | BadRow) -> tuple[int, Invitee] | None:
        if isinstance(row, BadRow):
            self._bad(row.line, row.reason)
            return None
        language = row.language or self.common.language
        invitee = replace(
            self.common,
            address=row.address,
            name=row.name,
            language=language,
            attributes=row.attributes,
            external_id=row.external_id,
        )
        try:
            invitee = checked(invitee, self.house.settings.default_region)
        except BadInvitee as error:
            self._bad(row.line, error.message)
            return None
        if invitee.address in self.seen:
            self._skip(row.line, "the address is in the file twice")
            return None
        self.seen.add(invitee.address)
        return row.line, invitee

    def _bad(self, line: int, reason: str) -> None:
        self.tally.bad.append(line)
        self._show(len(self.tally.bad), f"line {line}: {reason.rstrip('.')}")

    def _skip(self, line: int, reason: str) -> None:
        kind = "asked recently" if reason.startswith("asked on") else reason
        lines = self.tally.skipped.setdefault(kind, [])
        lines.append(line)
        self._show(len(lines), f"line {line}: skipped, {reason}")

    def _show(self, count: int, words: str) -> None:
        if count <= EXAMPLES:
            self.progress.console.print(words, markup=False, highlight=False, soft_wrap=True)
        elif count == EXAMPLES + 1:
            self.progress.console.print("… and more of this kind", markup=False, highlight=False)


async def many(key: str, channel: str, path: Path, language: str | None, provider: str, dry_run: bool) -> int:
    """Invite everybody in a file. Returns the exit code: 1 when rows were bad."""
    must_carry(channel, provider)
    file = await asyncio.to_thread(ContactsFile, path)
    common = Invitee(channel, "", language=normal_language(language), provider=provider)
    carrier = provider or PROVIDERS[channel]
    async with opened() as house:
        survey = await house.catalogue.live(key)
        with _progress() as progress:
            bar = progress.add_task("Looking" if dry_run else "Inviting", total=file.rows)
            run = Run(house, survey, common, dry_run, progress, await _templates(house, survey, carrier))
            for batch in _batches(file):
                await run.batch(batch)
                progress.advance(bar, len(batch))
    _summarise(run.tally, file.rows, dry_run)
    return 1 if run.tally.bad else 0


def _summarise(tally: Tally, rows: int, dry_run: bool) -> None:
    skipped = sum(map(len, tally.skipped.values()))
    verb = "would be invited" if dry_run else "invited"
    click.echo(f"{rows} rows: {tally.invited} {verb}, {skipped} skipped, {len(tally.bad)} bad.")
    if tally.waiting:
        click.echo(f"  {tally.waiting} of the invited wait: another survey is running")
    for reason, lines in sorted(tally.skipped.items(), key=lambda item: -len(item[1])):
        click.echo(f"  {len(lines)} skipped: {reason}")
    if len(tally.bad) > EXAMPLES:
        click.echo(f"  bad lines: {ranges(tally.bad)}")
    if tally.invited and not dry_run:
        click.echo(WAITS)


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


def _progress() -> Progress:
    """A bar on a terminal, nothing in a pipe or a log; what it prints goes to standard error."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _batches(file: ContactsFile) -> Iterator[list[Row | BadRow]]:
    batch: list[Row | BadRow] = []
    for row in file:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
