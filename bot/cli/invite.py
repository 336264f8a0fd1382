"""`conductor invite`: ask one contact, or a file of contacts, to take a survey."""

from __future__ import annotations

import asyncio
import getpass
import os
import sys
from pathlib import Path
from typing import Any

import click

from channels.contract import CHANNELS


@click.command()
@click.option("--survey", required=True, metavar="KEY", help="Which survey ('conductor survey list' names them).")
@click.option("--channel", required=True, metavar="CHANNEL", help=f"One of {', '.join(CHANNELS)}.")
@click.option(
    "--to", "address", metavar="ADDRESS", help="Telephone number, Telegram chat id, Slack id, or any name (web)."
)
@click.option(
    "--contacts", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A CSV file of contacts."
)
@click.option("--name", help="The contact's name.")
@click.option(
    "--language", metavar="CODE", help="Two letters; the survey's first language is used if it lacks this one."
)
@click.option("--external-id", metavar="ID", help="By which you know the contact, e.g. the customer number.")
@click.option("--attribute", "attributes", multiple=True, metavar="KEY=VALUE", help="A further fact; may be repeated.")
@click.option(
    "--provider", help="Who carries it, e.g. web for the playground. By default the channel's usual provider."
)
@click.option("--by", "begun_by", metavar="NAME", help="Of a file: who invites; by default your name on this machine.")
@click.option("--detach", is_flag=True, help="Of a file: don't wait until all are invited.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
@click.pass_context
def command(
    ctx: click.Context,
    survey: str,
    channel: str,
    address: str | None,
    contacts: Path | None,
    name: str | None,
    language: str | None,
    external_id: str | None,
    attributes: tuple[str, ...],
    provider: str | None,
    begun_by: str | None,
    detach: bool,
    dry_run: bool,
) -> None:
    """Ask one contact (--to), or a file of contacts (--contacts), to take a survey.

    Whoever opted out, was asked recently, is in a survey or talks to a person is skipped, and the reason shown. The
    running server sends; without one the invitations wait for its next start.

    The file is CSV in UTF-8, with the columns name, language, external_id, address; every further column is an
    attribute. It is stored first, then planned: by the workers, where there are some. Whoever interrupts the command
    then loses nothing: 'conductor campaigns' says how far it is.

    Exit code: 0 all went or were skipped with a reason, 1 some rows were bad (the good ones went), 2 nothing was done
    (no row can be used, among others).
    """
    if (address is None) == (contacts is None):
        raise click.UsageError("Give either --to ADDRESS or --contacts FILE.")
    if contacts is not None and (name or attributes or external_id):
        raise click.UsageError("--name, --external-id and --attribute belong to --to; a file has columns for them.")
    if begun_by is not None and contacts is None:
        raise click.UsageError("--by belongs to --contacts: it is kept with the campaign.")
    from dotenv import load_dotenv

    from bot.cli import inviting
    from bot.cli.channel_check import must_be_connected

    load_dotenv(".env")  # a channel's variables may stand there, as for 'conductor serve'
    must_be_connected(channel, provider or "", os.environ)
    if contacts is not None:
        who = begun_by or operator()
        job: Any = inviting.many(survey, channel, contacts, language, provider or "", dry_run, detach, who)
    else:
        more = (name, language, _pairs(attributes), provider or "", dry_run, external_id)
        job = inviting.one(survey, channel, str(address), *more)
    sys.stdout.flush()
    try:
        ctx.exit(asyncio.run(job))
    except KeyboardInterrupt:
        click.echo("Left. A file that was read to its end goes on; 'conductor campaigns' says how far it is.", err=True)
        ctx.exit(130)


def operator() -> str:
    """The user of the operating system that this process runs for; "" where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without an entry
        return ""


def _pairs(attributes: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for text in attributes:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise click.UsageError(f"--attribute {text}: write KEY=VALUE.")
        pairs[key.strip()] = value
    return pairs
