"""`conductor slack manifest`: the app's set-up as one YAML to paste at Slack, which no bot token could set."""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit

import click

from bot.errors import ConductorError


@click.group("slack")
def command() -> None:
    """Set the Slack app up."""


@command.command("manifest")
@click.option("--command", "slash", default="/survey", show_default=True, help="The slash command.")
@click.option("--name", default="Survey Conductor", show_default=True, help="The app's name, as people see it.")
@click.option("--socket-mode", is_flag=True, help="For development: no public address is needed.")
def manifest_(slash: str, name: str, socket_mode: bool) -> None:
    """Print the app's manifest, to paste at https://api.slack.com/apps?new_app=1 (From a manifest, YAML).

    Its addresses begin with CONDUCTOR_PUBLIC_URL, under which Slack reaches this server.
    """
    import yaml
    from dotenv import load_dotenv

    from channels.slack.manifest import manifest

    load_dotenv(".env")
    public = os.environ.get("CONDUCTOR_PUBLIC_URL", "").strip()
    if not socket_mode and urlsplit(public).scheme != "https":
        raise ConductorError(
            "Slack needs a public https:// address, and CONDUCTOR_PUBLIC_URL holds none.",
            "Set CONDUCTOR_PUBLIC_URL, or use --socket-mode on a machine that has none.",
        )
    if not re.fullmatch(r"/[a-z0-9_-]{1,31}", slash):
        raise ConductorError(
            f"{slash!r} is no slash command.", "Use a slash and up to 31 small letters, digits, - or _."
        )
    if not 1 <= len(name) <= 35:
        raise ConductorError("The app's name is too long.", "Slack takes 35 characters.")
    made = manifest(public, slash, name, socket_mode)
    click.echo(yaml.safe_dump(made, sort_keys=False, allow_unicode=True), nl=False)
