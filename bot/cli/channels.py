"""`conductor channels`: what is connected, what is missing, which address to paste at the provider, and what happened
on each channel of late. `conductor channels set-webhooks` tells the providers where the server is."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from bot.errors import ConductorError

if TYPE_CHECKING:
    from bot.connected import Provider
    from bot.storage.channel_news import News

PUBLIC_URL = "CONDUCTOR_PUBLIC_URL"
SOMEWHERE = "https://YOUR-SERVER"
NONE = (
    "Without any of these variables 'conductor serve' starts local providers for its playground: real connectors, "
    "nobody's accounts (docs/how-to/try-the-channels.md)."
)


@click.group("channels", invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Show for each channel whether it is connected, its webhook addresses, and its last messages.

    The addresses begin with CONDUCTOR_PUBLIC_URL, under which the provider reaches this server.
    """
    from dotenv import load_dotenv

    load_dotenv(".env")
    if ctx.invoked_subcommand is None:
        show()


def show() -> None:
    """Print every channel. Changes nothing, and works without a database too."""
    from bot.cli.channel_state import news
    from bot.connected import PROVIDERS

    public = os.environ.get(PUBLIC_URL, "").rstrip("/")
    happened, why_not = news([provider.name for provider in PROVIDERS])
    found = 0
    for provider in PROVIDERS:
        try:
            settings = provider.settings(os.environ)
        except ConductorError as error:
            click.echo(f"{provider.name:16} not yet: {error.__cause__ or error}")
        else:
            found += settings is not None
            click.echo(f"{provider.name:16} {'connected' if settings is not None else 'not connected'}")
            if settings is not None:
                _addresses(provider, public or SOMEWHERE)
            else:
                click.echo(f"  to set: {', '.join(provider.missing(os.environ))}")
                click.echo(f"  how: channels/{provider.name}/README.md")
        _happened(happened.get(provider.name))
    if why_not:
        click.echo(f"\n{why_not}")
    if not found:
        click.echo(f"\n{NONE}")
    if not public:
        click.echo(f"\n{PUBLIC_URL} is not set: it is the address under which providers reach this server.")


def _addresses(provider: Provider, public: str) -> None:
    for name, path in set_up_of(provider).ADDRESSES.items():
        click.echo(f"  {name}: {public}{path}")


def _happened(news: News | None) -> None:
    from bot.cli.channel_state import in_words

    for line in in_words(news) if news is not None else ():
        click.echo(f"  {line}")


def set_up_of(provider: Provider) -> Any:
    """The provider's `set_up`: ADDRESSES, plan(settings, public_url), and set_up(settings, public_url)."""
    return import_module(f"channels.{provider.name}.set_up")


@command.command("set-webhooks")
@click.argument("names", nargs=-1, metavar="[CHANNEL]...")
@click.option("--dry-run", is_flag=True, help="Say what would be set, and ask no provider anything.")
@click.pass_context
def set_webhooks(ctx: click.Context, names: tuple[str, ...], dry_run: bool) -> None:
    """Tell the providers of all connected channels (or of the CHANNELs named) where this server is.

    Sets what a provider's API can set, and says what has to be set by hand. Can be repeated at any time.
    """
    public, failed = _public_url(os.environ), False
    for provider, settings in _wanted(names):
        set_up = set_up_of(provider)
        try:
            done = set_up.plan(settings, public) if dry_run else asyncio.run(set_up.set_up(settings, public))
        except Exception as error:
            click.echo(f"{provider.name:16} failed: {_explained(error)}", err=True)
            failed = True
            continue
        for line in done:
            click.echo(f"{provider.name:16} {line}")
    ctx.exit(1 if failed else 0)


def _explained(error: Exception) -> str:
    """An error that says what to do; a bug keeps its traceback."""
    from channels.contract import SendError

    if not isinstance(error, (SendError, TimeoutError)):
        raise error
    return str(error)


def _public_url(environment: Mapping[str, str]) -> str:
    public = environment.get(PUBLIC_URL, "").strip().rstrip("/")
    if not public.startswith("https://"):
        raise ConductorError(
            f"{PUBLIC_URL} is {'not set' if not public else 'no https:// address'}: providers must reach this server.",
            f"Set {PUBLIC_URL} to its public address, such as https://surveys.example.com.",
        )
    return public


def _wanted(names: tuple[str, ...]) -> list[tuple[Provider, Any]]:
    """The channels to set up. Raises ConductorError for a name that is none, for one that is not connected, for a half
    set-up, and when there is none at all."""
    from bot.connected import PROVIDERS

    known = [provider.name for provider in PROVIDERS]
    for name in names:
        if name not in known:
            raise ConductorError(f"There is no channel {name}.", f"There are: {', '.join(known)}.")
    chosen = [(p, p.settings(os.environ)) for p in PROVIDERS if not names or p.name in names]
    for provider, settings in chosen:
        if names and settings is None:
            raise ConductorError(
                f"{provider.name} is not connected.", f"channels/{provider.name}/README.md says how to connect it."
            )
    connected = [(provider, settings) for provider, settings in chosen if settings is not None]
    if not connected:
        raise ConductorError("No channel is connected.", "Each channels/<name>/README.md says how to connect one.")
    return connected
