"""`conductor report`: NPS, CES and CSAT with their intervals, in the terminal or as JSON."""

from __future__ import annotations

import asyncio
from datetime import datetime

import click


@click.command()
@click.option("--survey", default="", metavar="KEY", help="One survey; by default all.")
@click.option("--from", "start", type=click.DateTime(["%Y-%m-%d"]), help="First day (UTC).")
@click.option("--to", "end", type=click.DateTime(["%Y-%m-%d"]), help="Last day (UTC), included.")
@click.option("--by", default="", type=click.Choice(["", "channel", "language", "touchpoint"]), help="Split by this.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--faq", is_flag=True, help="Show the FAQ's numbers instead: deflection, helpfulness, gaps.")
def command(survey: str, start: datetime | None, end: datetime | None, by: str, form: str, faq: bool) -> None:
    """Show NPS, CES and CSAT with the number of answers and the 95 % interval (docs/reference/metrics.md).

    Fewer than 5 answers are hidden, up to 29 only counted. With --from and --to the period before, of the same length,
    is compared: a change is "real" or "noise".
    """
    if start and end and end < start:
        raise click.UsageError("--from lies after --to.")
    if faq:
        from bot.cli.report_faq import show

        asyncio.run(show(start, end, as_json=form == "json"))
        return
    from bot.cli import report_view
    from bot.cli.report_data import collect

    report = asyncio.run(collect(survey, start, end, by))
    if form == "json":
        click.echo(report_view.as_json(report))
    else:
        report_view.show(report)
