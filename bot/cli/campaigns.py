"""`conductor campaigns`: how far the files of `conductor invite` are, and what became of their rows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from bot.cli.moments import in_utc
from bot.errors import ConductorError
from bot.outreach.campaign import Campaign

if TYPE_CHECKING:
    from bot.storage.campaigns import SqlCampaigns

SHOWN = 20


BY_HAND = "by 'conductor campaigns --stop'"


@click.command()
@click.argument("number", required=False, type=int)
@click.option("--stop", is_flag=True, help="Plan no further part of it. Who is invited already stays invited.")
def command(number: int | None, stop: bool) -> None:
    """List the last campaigns (files of 'conductor invite --contacts'), or tell what became of one's rows.

    A campaign is planned in parts, by workers, by the command, or by a server where a command was interrupted.
    """
    if number is None and stop:
        raise ConductorError("Which campaign is to be stopped?", "conductor campaigns 3 --stop")
    asyncio.run(_list() if number is None else _stop(number) if stop else _tell(number))


async def _list() -> None:
    from bot.cli.opened import opened
    from bot.storage.campaigns import SqlCampaigns

    async with opened(reading=True) as house:
        known = await SqlCampaigns(house.database).known(SHOWN)
    if not known:
        click.echo("No file of contacts was invited yet.")
    for one in known:
        click.echo(f"{one.id:>4}  {in_utc(one.created_at)}{_by(one)}  {_what(one)}: {_how(one)}")


async def _tell(number: int) -> None:
    from bot.cli.invite_account import EXAMPLES, Account, ranges
    from bot.cli.opened import opened
    from bot.outreach.invitee import PROVIDERS
    from bot.storage.campaigns import SqlCampaigns

    async with opened(reading=True) as house:
        campaigns = SqlCampaigns(house.database)
        one = await _known(campaigns, number)
        click.echo(f"{_what(one)}: {_how(one)}")
        click.echo(f"  {_when(one)}")
        account = Account()
        account.add(one.found)
        async for outcome in campaigns.outcomes(number):
            account.add(outcome)
        account.summarise(one.rows)
        if account.bad and len(account.bad) <= EXAMPLES:  # of more the summary has them
            click.echo(f"  bad lines: {ranges(account.bad)}")
        left = one.rows - account.invited - len(account.bad) - sum(map(len, account.skipped.values()))
        if one.status == "stopped" and left:
            click.echo(f"  {left} rows were not looked at any more")
        if one.status in ("stored", "done"):
            provider = PROVIDERS[one.channel]
            waiting = await campaigns.waiting(one.channel, provider)
            click.echo(_still(left, waiting, provider, limit_of(provider, house.settings.limits)))
        if one.status == "stored":
            click.echo(f"'conductor campaigns {number} --stop' plans no further part of it.")


async def _stop(number: int) -> None:
    from bot.cli.opened import opened
    from bot.storage.campaigns import SqlCampaigns

    async with opened(reading=True) as house:
        campaigns = SqlCampaigns(house.database)
        one = await _known(campaigns, number)
        if not await campaigns.stop(one, BY_HAND, house.clock.now()):
            raise ConductorError(
                f"Campaign {number} can't be stopped: {_how(one)}.", "Only one that is being planned can."
            )
    click.echo(f"Campaign {number} is stopped. Who is invited already stays invited.")


async def _known(campaigns: SqlCampaigns, number: int) -> Campaign:
    one = await campaigns.of(number)
    if one is None:
        raise ConductorError(f"There is no campaign {number}.", "'conductor campaigns' lists the last ones.")
    return one


def limit_of(provider: str, ours: Mapping[str, float]) -> float:
    """Letters a second that a provider takes; 0: it has no limit here. `ours`: CONDUCTOR_PER_SECOND."""
    if provider not in ours and find_spec(f"channels.{provider}.limits") is None:
        return 0.0  # the web's: nobody's but ours
    return ours.get(provider) or float(getattr(import_module(f"channels.{provider}.limits"), "PER_SECOND", 0.0))


def _still(left: int, waiting: int, provider: str, limit: float) -> str:
    """How long it takes yet, in a sentence. `waiting`: letters of whatever campaign that wait for the provider."""
    if not left + waiting:
        return "Nothing waits to leave."
    who = f"{left} rows wait to be planned and {waiting} messages to leave"
    if not limit:
        return f"{who}; {provider} has no limit here."
    return f"{who}: at {provider}'s limit of {limit:g} a second about {_lasts((left + waiting) / limit)}."


def _lasts(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def _when(one: Campaign) -> str:
    ended = {"done": "planned", "stopped": "stopped"}.get(one.status, "")
    then = f", {ended} {in_utc(one.finished_at)}" if ended and one.finished_at else ""
    return f"begun {in_utc(one.created_at)}{_by(one)}{then}"


def _by(one: Campaign) -> str:
    return f" by {one.begun_by}" if one.begun_by else ""


def _what(one: Campaign) -> str:
    return f"{one.survey_key}, {one.channel}, {one.file}"


def _how(one: Campaign) -> str:
    """Where it stands, in a few words."""
    if one.status == "reading":
        return "being read, or broken off while it was: nobody is invited, call 'conductor invite' again"
    if one.status == "stopped":
        return f"stopped: {one.reason}"
    if one.status == "done":
        return f"{one.rows} rows, planned"
    return f"{one.rows} rows, {one.parts - one.left} of {one.parts} parts planned"
