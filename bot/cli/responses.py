"""`conductor responses export`: the stored responses, one a line."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import click


@click.group()
def command() -> None:
    """Export the stored responses."""


@command.command()
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True)
@click.option("--survey", default="", metavar="KEY", help="One survey; by default all.")
@click.option("--from", "start", type=click.DateTime(["%Y-%m-%d"]), help="Begun on this day (UTC) or later.")
@click.option("--to", "end", type=click.DateTime(["%Y-%m-%d"]), help="Begun on this day (UTC) or before.")
@click.option("--all-answers", is_flag=True, help="With those that were replaced or withdrawn (jsonl only).")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file; by default the terminal."
)
def export(
    form: str, survey: str, start: datetime | None, end: datetime | None, all_answers: bool, output: Path | None
) -> None:
    """One line per response. CSV has a column per question; JSON lines have every answer with its details.

    Anonymous responses carry no identity. Text that a spreadsheet would take for a formula gets a ' in front (CSV).
    """
    if all_answers and form == "csv":
        raise click.UsageError("--all-answers needs --format jsonl: a CSV column holds one answer.")
    from bot.cli.exporting import write

    asyncio.run(write(form, survey, start, end, all_answers, output))
