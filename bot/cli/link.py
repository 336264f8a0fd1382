"""`conductor link`: a code by which a contact is known on another channel, and the links that carry it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import click

from channels.contract import CHANNELS

LINKED = ("telegram", "whatsapp", "sms")
"""Channels that have a link to press."""


@click.command()
@click.option("--external-id", metavar="ID", help="By which you know the contact, e.g. the customer number.")
@click.option("--channel", type=click.Choice(CHANNELS), help="With --to: where the contact is known already.")
@click.option("--to", "address", metavar="ADDRESS", help="The contact's address on --channel.")
@click.option("--name", help="The contact's name, if the external id is new.")
@click.option("--language", metavar="CODE", help="Two letters, if the external id is new.")
@click.option("--survey", metavar="KEY", help="The survey that starts when the code is brought.")
@click.option("--days", default=30, show_default=True, help="How long the code can be used.")
@click.option("--qr", type=click.Path(path_type=Path, dir_okay=False), help="Write a link as a QR code (.svg or .png).")
@click.option("--on", type=click.Choice(LINKED), help="Which link --qr holds; the first that is connected by default.")
def command(
    external_id: str | None,
    channel: str | None,
    address: str | None,
    name: str | None,
    language: str | None,
    survey: str | None,
    days: int,
    qr: Path | None,
    on: str | None,
) -> None:
    """Make a code for one contact, to be used once, on any channel. Whoever brings it is that contact from then on.

    The contact is named by --external-id (made if it is new), or by --channel and --to. A code is a key: give it to
    that customer only. It is shown this once and stored nowhere.
    """
    if (channel is None) != (address is None) or not (external_id or address):
        raise click.UsageError("Give --external-id ID, or --channel and --to, or both.")
    if qr is not None and qr.suffix not in (".svg", ".png"):
        raise click.UsageError("--qr writes .svg or .png.")
    from dotenv import load_dotenv

    from bot.cli.linking import Wanted, code_for, drawable, drawn, links

    load_dotenv(".env")
    held = drawable(os.environ, on, LINKED) if qr is not None else ""
    place = (channel, address) if channel and address else None
    code, until = asyncio.run(code_for(Wanted(external_id, place, name, language, survey, days)))
    ways = asyncio.run(links(code, os.environ))
    click.echo(f"Code: {code} (to be used once, until {until[:10]})")
    for place_name, how in ways.items():
        click.echo(f"{place_name:10} {how}")
    if not ways:
        click.echo("No channel is connected here: 'conductor channels' says what is missing.")
    if qr is not None:
        click.echo(drawn(ways, held, qr))
