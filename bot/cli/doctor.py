"""`conductor doctor`: look at everything the bot needs, and say how to mend what is not right."""

from __future__ import annotations

import click


@click.command()
@click.pass_context
def command(ctx: click.Context) -> None:
    """Check Python, settings, channels, database, stuck messages, disk, surveys, model, port and time zones.
    Changes nothing.

    Exit code: 0 when nothing failed (warnings are allowed), 1 otherwise.
    """
    from dotenv import load_dotenv

    from bot.cli.doctor_checks import check_all

    load_dotenv(".env")  # LOG_LEVEL may stand there, as for 'conductor serve'

    failed = False
    for finding in check_all():
        mark, colour = {"ok": ("ok  ", "green"), "warn": ("warn", "yellow"), "fail": ("FAIL", "red")}[finding.level]
        click.echo(f"{click.style(mark, fg=colour, bold=True)}  {finding.subject}: {finding.words}")
        if finding.mend:
            click.echo(f"      → {finding.mend}")
        failed = failed or finding.level == "fail"
    ctx.exit(1 if failed else 0)
