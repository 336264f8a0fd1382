"""`conductor whatsapp templates`: the words that WhatsApp approves before they may open a conversation."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from bot.errors import ConductorError

if TYPE_CHECKING:
    from bot.outreach.templates import Kept, Wanted

CATEGORIES = ("UTILITY", "MARKETING")
NONE = "No template has been pushed yet. 'conductor whatsapp templates push SURVEY' makes them."
REJECTED = "Change the greeting of a rejected one, 'conductor survey publish' it, and push again."
PENDING = "WhatsApp decides mostly within minutes; 'conductor whatsapp templates status' asks again."


@click.group()
def command() -> None:
    """What only WhatsApp has."""


@command.group()
def templates() -> None:
    """Invitations outside the 24 hours after a customer's last message: only approved templates may go out.

    A template has the survey's greeting, and its first question where that can be tapped.
    """


@templates.command()
@click.argument("surveys", nargs=-1, required=True, metavar="SURVEY…")
@click.option("--language", "languages", multiple=True, metavar="CODE", help="Only this one; may be repeated.")
@click.option(
    "--category", type=click.Choice(CATEGORIES), default="UTILITY", show_default=True, help="As Meta bills it."
)
@click.option("--dry-run", is_flag=True, help="Show the words, and push nothing.")
def push(surveys: tuple[str, ...], languages: tuple[str, ...], category: str, dry_run: bool) -> None:
    """Create the templates of surveys at Twilio and submit them to WhatsApp. Called twice it makes nothing twice; other
    words are another template, and the approved one stays in use until the new one is approved."""
    asyncio.run(_push(surveys, languages, category, dry_run))


@templates.command()
@click.argument("survey", required=False, default="")
def status(survey: str) -> None:
    """Ask where WhatsApp stands with the templates. Exit code 1 when one was rejected, paused or disabled."""
    raise SystemExit(asyncio.run(_status(survey)))


async def _push(surveys: Sequence[str], languages: Sequence[str], category: str, dry_run: bool) -> None:
    from bot.cli.opened import opened
    from bot.outreach import templates as use_case
    from bot.storage.templates import SqlTemplates

    provider = None if dry_run else approvals()
    async with opened(reading=dry_run) as house:
        ones = [one for key in surveys for one in use_case.wanted(await house.catalogue.live(key), languages)]
        if provider is None:
            _show_words(ones)
            return
        with reported():
            store = SqlTemplates(house.database)
            pushed = await use_case.push(ones, store, provider, category, house.clock.now())
    _show(pushed)


async def _status(survey: str) -> int:
    from bot.cli.opened import opened
    from bot.outreach import templates as use_case
    from bot.storage.templates import SqlTemplates

    provider = approvals()
    async with opened(reading=True) as house:
        with reported():
            found = await use_case.refresh(SqlTemplates(house.database), provider, house.clock.now(), survey)
    _show(found)
    return int(any(kept.template.status in ("rejected", "paused", "disabled") for kept in found))


def approvals() -> Any:
    """Twilio, as this environment connects it. Raises ConductorError that names what is missing."""
    from dotenv import load_dotenv

    from bot.connected import PROVIDERS

    load_dotenv(".env")
    [whatsapp] = [provider for provider in PROVIDERS if provider.name == "twilio_whatsapp"]
    settings = whatsapp.settings(os.environ)
    if settings is None:
        raise ConductorError(
            "WhatsApp is not connected here: TWILIO_WHATSAPP_FROM is not set.",
            "channels/twilio_whatsapp/README.md says how to connect it.",
        )
    from channels.twilio_whatsapp.approvals import Approvals

    return Approvals(settings.account)


@contextmanager
def reported() -> Iterator[None]:
    """What Twilio refuses becomes a sentence. What was done before stays done: push again."""
    from channels.contract import SendError

    try:
        yield
    except (SendError, TimeoutError) as error:
        raise ConductorError(str(error), "Nothing is lost: call it again once that is mended.") from error


def _show_words(ones: Sequence[Wanted]) -> None:
    for one in ones:
        click.echo(f"{one.template.name}\n")
        click.echo("\n".join(f"    {line}" for line in one.template.body.splitlines()))
        actions = one.template.definition["types"]["twilio/quick-reply"]["actions"]
        click.echo("    " + " ".join(f"[{action['title']}]" for action in actions) + "\n")


def _show(found: Sequence[Kept]) -> None:
    if not found:
        click.echo(NONE)
        return
    for kept in found:
        one = kept.template
        reason = f"  {one.reason}" if one.reason else ""
        click.echo(
            f"{kept.survey_key:20} {kept.language:3} {one.status:12} {kept.category:10} {one.content_sid}{reason}"
        )
    standing = {kept.template.status for kept in found}
    if "rejected" in standing:
        click.echo(REJECTED)
    if standing & {"received", "pending", "unsubmitted"}:
        click.echo(PENDING)
