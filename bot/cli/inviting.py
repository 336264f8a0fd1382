"""What `conductor invite` does, apart from its options."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import click

from bot.cli.campaigning import Campaigning
from bot.cli.contacts_file import ContactsFile
from bot.cli.invite_account import Account
from bot.cli.invite_reading import Reading, progress_bar
from bot.cli.invite_web import way_to
from bot.cli.opened import Opened, opened
from bot.cli.whatsapp import approvals
from bot.outreach.campaign import Outcome
from bot.outreach.invite import Invited, Invitee, invite_all, preview
from bot.outreach.invitee import PROVIDERS, checked, must_carry, normal_language
from bot.outreach.templates import refresh
from bot.storage.invitations import SqlInvitations
from bot.storage.templates import SqlTemplates
from channels.contract import SendError
from survey_flows.model import Survey

WAITS = "The running server takes it up within a second; if none runs, it waits for the next 'conductor serve'."

DETACHED = "it is planned without this command; 'conductor campaigns' says how far it is."

IN_TURN = "It waits: another survey is running. It starts when that one has ended."


async def one(
    key: str,
    channel: str,
    address: str,
    name: str | None,
    language: str | None,
    attributes: Mapping[str, str],
    provider: str,
    dry_run: bool,
    external_id: str | None = None,
) -> int:
    """Invite one contact. Returns the exit code."""
    async with opened() as house:
        survey = await house.catalogue.live(key)
        region = house.settings.default_region
        invitee = checked(Invitee(channel, address, name, language, attributes, provider, external_id), region)
        templates = await _templates(house, survey, invitee.provider)
        [outcome] = await _ask(house, survey, [invitee], dry_run, templates)
    if outcome.reason:
        click.echo(f"Skipped {invitee.address}: {outcome.reason}.")
        return 0
    click.echo(f"{'Would invite' if dry_run else 'Invited'} {invitee.address} to {key}, in {_in(outcome, invitee)}.")
    if outcome.waits:
        click.echo(IN_TURN)
    elif not dry_run:
        click.echo(WAITS)
    if invitee.provider == "web" and not dry_run:
        click.echo(way_to(house.settings, invitee.channel, invitee.address))
    return 0


def _in(outcome: Invited, invitee: Invitee) -> str:
    if invitee.language and invitee.language != outcome.language:
        return f"{outcome.language} (the survey has no {invitee.language})"
    return outcome.language


async def _ask(
    house: Opened, survey: Survey, invitees: Sequence[Invitee], dry_run: bool, templates: Collection[str] | None
) -> list[Invited]:
    do = preview if dry_run else invite_all
    return await do(SqlInvitations(house.database), survey, house.clock, house.settings, invitees, templates)


async def _templates(house: Opened, survey: Survey, provider: str) -> Collection[str] | None:
    """Languages in which WhatsApp may be written to first; None for providers that need no template. Those that wait
    for approval are asked about once more; when Twilio can't be reached, what was known last counts."""
    if provider != "twilio_whatsapp":
        return None
    store = SqlTemplates(house.database)
    try:
        await refresh(store, approvals(), house.clock.now(), survey.key, waiting=True)
    except (SendError, TimeoutError) as error:
        click.echo(f"Whether WhatsApp has approved more templates is not known now: {error}", err=True)
    return await store.approved(survey.key)


async def many(
    key: str,
    channel: str,
    path: Path,
    language: str | None,
    provider: str,
    dry_run: bool,
    detach: bool = False,
    begun_by: str = "",
) -> int:
    """Invite everybody in a file. Returns the exit code: 1 when rows were bad. `detach`: not to wait until all of it is
    planned. `begun_by`: who does it. Raises ConductorError where no row can be used."""
    must_carry(channel, provider)
    file = await asyncio.to_thread(ContactsFile, path)
    common = Invitee(channel, "", language=normal_language(language), provider=provider)
    async with opened() as house:
        survey = await house.catalogue.live(key)
        with progress_bar() as progress:
            account = Account(progress.console)
            reading = Reading(file, common, house.settings.default_region, account, progress)
            templates = await _templates(house, survey, provider or PROVIDERS[channel])
            if dry_run:
                await _look(house, survey, reading, templates)
            else:
                campaign = Campaigning(house, progress, detach)
                await campaign.store(key, channel, str(path), reading, templates, begun_by)
                if detach:
                    click.echo(f"{file.rows} rows are stored as campaign {campaign.number}: {DETACHED}")
                    return 1 if account.bad else 0
                await campaign.plan(account)
    account.summarise(file.rows, dry_run)
    if account.invited and not dry_run:
        click.echo(WAITS)
        if (provider or PROVIDERS[channel]) == "web":
            click.echo(way_to(house.settings, channel, ""))
    return 1 if account.bad else 0


async def _look(house: Opened, survey: Survey, reading: Reading, templates: Collection[str] | None) -> None:
    """What would become of the file."""
    invitations = SqlInvitations(house.database)
    for lines in reading.batches("Looking"):
        who = [invitee for _, invitee in lines]
        outcomes = await preview(invitations, survey, house.clock, house.settings, who, templates)
        reading.account.add(Outcome.of((line, one) for (line, _), one in zip(lines, outcomes, strict=True)))
