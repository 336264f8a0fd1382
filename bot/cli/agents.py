"""`conductor agents`: who works in the console. There is no default password: who is added gets a one-time link."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import click

from bot.errors import ConductorError
from bot.identity.errors import Told
from bot.identity.roles import Role

ROLES = click.Choice([role.value for role in Role])

OF_NAMES = ("name", "reserved", "taken", "given_up")
"""Reasons why a name is refused (`bot/identity/names.py`)."""

UNKNOWN = "http://YOUR-SERVER"
"""Stands in a link for an address that nobody has said."""


@click.group("agents")
def command() -> None:
    """Those who work in the console: add, list, change, remove, send a new link."""
    from dotenv import load_dotenv

    load_dotenv(".env")


@command.command("add")
@click.argument("login")
@click.option("--name", help="What customers and colleagues see; the login before the @ by default.")
@click.option("--role", type=ROLES, help="admin by default for the first one, agent for all others.")
@click.option("--team", "teams", multiple=True, help="A team of recovery.yml; several times for several; none: all.")
@click.option("--language", type=click.Choice(["en", "de"]), default="en", help="The console's language.")
@click.option("--slack", help="Their id in Slack (U…), where their e-mail address there is not their login.")
def add(
    login: str, name: str | None, role: str | None, teams: tuple[str, ...], language: str, slack: str | None
) -> None:
    """Add an agent and print a one-time link, with which they choose a password."""

    async def work(staff: Any, sign_in: Any) -> None:
        first = not await staff.list()
        wanted = Role(role) if role else Role.ADMIN if first else Role.AGENT
        shown = name or login.partition("@")[0].replace(".", " ").title()
        try:
            agent = await staff.add(Role.ADMIN, login, shown, wanted, teams, language)
        except Told as error:
            if name or error.reason not in OF_NAMES:
                raise
            made = f"{error.message} The name was made of the login."
            raise ConductorError(made, 'Say another one: --name "Ada Lovelace".') from None
        if slack:
            await staff.name_in_slack(Role.ADMIN, agent.id, slack)
        click.echo(f"{agent.name} ({agent.login}) is now {wanted.value}.")
        _print_link(await sign_in.invite(agent.id))

    _run(work)


@command.command("list")
def list_() -> None:
    """Everybody who can sign in."""

    async def work(staff: Any, _sign_in: Any) -> None:
        everybody = await staff.list()
        if not everybody:
            click.echo("Nobody can sign in yet: 'conductor agents add LOGIN' adds the first, who is an admin.")
        for agent in everybody:
            teams = ", ".join(agent.teams) or "all teams"
            factor = "second factor" if agent.has_totp else "password only"
            click.echo(f"{agent.login:30} {agent.name:24} {agent.role.value:8} {teams} · {factor}")

    _run(work)


@command.command("link")
@click.argument("login")
def link(login: str) -> None:
    """Print a new one-time link: for a forgotten password, or a lost second factor. Earlier links stop working."""

    async def work(staff: Any, sign_in: Any) -> None:
        agent = await staff.may_invite(Role.ADMIN, (await _find(staff, login)).id)
        _print_link(await sign_in.invite(agent.id))

    _run(work)


@command.command("change")
@click.argument("login")
@click.option("--role", type=ROLES, help="The new role; unchanged by default.")
@click.option("--team", "teams", multiple=True, help="The new teams; unchanged by default.")
@click.option("--slack", help="Their id in Slack (U…); empty: by their e-mail address alone.")
def change(login: str, role: str | None, teams: tuple[str, ...], slack: str | None) -> None:
    """Change role, teams or their id in Slack. Their sessions end, unless it was only that."""

    async def work(staff: Any, _sign_in: Any) -> None:
        agent = await _find(staff, login)
        if slack is not None:
            await staff.name_in_slack(Role.ADMIN, agent.id, slack)
            if not role and not teams:
                click.echo(f"{agent.name} is {slack or 'known by their e-mail address'} in Slack.")
                return
        await staff.change(Role.ADMIN, agent.id, Role(role) if role else agent.role, teams or agent.teams)
        click.echo(f"{agent.name} is changed; they have to sign in again.")

    _run(work)


@command.command("remove")
@click.argument("login")
def remove(login: str) -> None:
    """They can't sign in any more. What they did stays in the audit."""

    async def work(staff: Any, _sign_in: Any) -> None:
        agent = await _find(staff, login)
        await staff.remove(Role.ADMIN, agent.id)
        click.echo(f"{agent.name} is removed.")

    _run(work)


async def _find(staff: Any, login: str) -> Any:
    for agent in await staff.list():
        if agent.login == login.strip().lower():
            return agent
    raise ConductorError(f'There is no agent with the login "{login}".', "`conductor agents list` shows them.")


def _print_link(token: str) -> None:
    from bot.cli.one_server import running_at
    from bot.cli.server_address import server_address
    from bot.settings import load_settings

    settings = load_settings()
    at = server_address(settings)
    click.echo(f"Within 48 hours, once, to choose a password:\n  {at or UNKNOWN}/console/welcome#{token}")
    if not at:
        click.echo(
            f"Put your server's address in the place of {UNKNOWN}, such as http://127.0.0.1:5006 or "
            "https://surveys.example: this command was not told (CONDUCTOR_PUBLIC_URL)."
        )
    elif not settings.public_url and not running_at(settings.database_url):
        click.echo("Is the server at another address? Set CONDUCTOR_PUBLIC_URL or CONDUCTOR_PORT, as it has it.")


def _run(work: Callable[[Any, Any], Awaitable[None]]) -> None:
    from bot.cli.opened import opened
    from bot.identity.sign_in import SignIn
    from bot.identity.staff import Staff
    from bot.storage.agents import SqlAgents

    async def inside() -> None:
        async with opened(
            reading=True
        ) as house:  # an admin of a database that no server uses would be a link to nowhere
            store = SqlAgents(house.database)
            await work(Staff(store, house.clock), SignIn(store, house.clock))

    asyncio.run(inside())
