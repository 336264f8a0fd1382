"""`conductor report --faq`: what became of the FAQ's answers."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime

import click

from bot.cli.opened import opened
from bot.cli.report_data import period_of
from bot.insight.faq import EntryFigures, FaqFigures, figures
from bot.insight.proportions import Share
from bot.storage.faq_events import FaqQueries


async def show(start: datetime | None, end: datetime | None, as_json: bool) -> None:
    """Print the figures of a period."""
    period = period_of(start, end)
    async with opened(reading=True) as house:
        queries = FaqQueries(house.database)
        found = figures(await queries.by_entry(period), await queries.totals(period))
    for line in [json.dumps(asdict(found), indent=2)] if as_json else lines(found):
        click.echo(line)


def lines(found: FaqFigures) -> list[str]:
    """The figures as a table. docs/reference/metrics.md defines them."""
    heads = ("answered", "helped", "did not", "persons")
    table = [f"{'entry':28}" + "".join(f"{head:>10}" for head in heads) + f"{'helpful':>10}"]
    table += [_row(figure) for figure in (*found.entries, found.overall)]
    deflected = f"{_percent(found.deflection)} ({found.deflection.count} of {found.deflection.of} episodes)"
    return [f"Deflection rate: {deflected}", f'"Did you mean": {found.offered}   gaps: {found.gaps}', "", *table]


def _row(figure: EntryFigures) -> str:
    counts = (figure.answered, figure.helped, figure.not_helped, figure.handed_over)
    cells = "".join(f"{count:>10}" for count in counts)
    return f"{figure.entry or 'all':28}{cells}{_percent(figure.helpfulness):>10}"


def _percent(share: Share) -> str:
    return f"{100 * share.count / share.of:.0f} %" if share.of else "–"
