"""`conductor channels`: what is connected, what is missing, and which address to paste at the provider."""

from __future__ import annotations

import os

import click

from bot.errors import ConductorError


@click.command("channels")
def command() -> None:
    """Show for each channel whether it is connected, and its webhook address.

    The address begins with CONDUCTOR_PUBLIC_URL, under which the provider reaches this server.
    """
    from dotenv import load_dotenv

    from bot.connected import PROVIDERS

    load_dotenv(".env")
    public = os.environ.get("CONDUCTOR_PUBLIC_URL", "").rstrip("/")
    for provider in PROVIDERS:
        try:
            connected = provider.settings(os.environ) is not None
        except ConductorError as error:
            click.echo(f"{provider.name:12} not yet:   {error.__cause__ or error}")
            continue
        address = f"{public or 'https://YOUR-SERVER'}/webhooks/{provider.name}/webhook"
        state = f"connected: {address}" if connected else f"no:        see channels/{provider.name}/README.md"
        click.echo(f"{provider.name:12} {state}")
    if not public:
        click.echo("\nCONDUCTOR_PUBLIC_URL is not set: it is the address under which providers reach this server.")
