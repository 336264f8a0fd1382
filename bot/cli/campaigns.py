"""`conductor campaigns`: how far the files of `conductor invite` are, and what became of their rows."""

from __future__ import annotations

import asyncio

import click

from bot.outreach.campaign import Campaign

SHOWN = 20


@click.command()
@click.argument("number", required=False, type=int)
def command(number: int | None) -> None:
    """List the last campaigns (files of 'conductor invite --contacts'), or tell what became of one's rows.

    A campaign is planned in parts, by workers, by the command, or by a server where a command was interrupted.
    """
    asyncio.run(_list() if number is None else _tell(number))


async def _list() -> None:
    from bot.cli.opened import opened
    from bot.storage.campaigns import SqlCampaigns

    async with opened(reading=True) as house:
        known = await SqlCampaigns(house.database).known(SHOWN)
    if not known:
        click.echo("No file of contacts was invited yet.")
    for one in known:
        click.echo(f"{one.id:>4}  {one.created_at[:16].replace('T', ' ')}  {_what(one)}: {_how(one)}")


async def _tell(number: int) -> None:
    from bot.cli.invite_account import Account
    from bot.cli.opened import opened
    from bot.errors import ConductorError
    from bot.storage.campaigns import SqlCampaigns

    async with opened(reading=True) as house:
        campaigns = SqlCampaigns(house.database)
        one = await campaigns.of(number)
        if one is None:
            raise ConductorError(f"There is no campaign {number}.", "'conductor campaigns' lists the last ones.")
        click.echo(f"{_what(one)}: {_how(one)}")
        account = Account()
        account.add(one.found)
        async for outcome in campaigns.outcomes(number):
            account.add(outcome)
    account.summarise(one.rows)


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
