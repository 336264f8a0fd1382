"""`/console/agents`: who works here; add, change, remove them, make a new link. Nobody grants above their own role."""

from __future__ import annotations

from typing import Any

from sanic import Blueprint
from sanic.response import HTTPResponse

from bot.console.desk.in_words import in_words
from bot.console.desk.seam import Visit, sessions_changed, signed_in
from bot.console.desk.words import LANGUAGES
from bot.console.playground.asking import Missing
from bot.errors import ConductorError
from bot.identity.roles import GRANTS, May, Role
from bot.identity.sign_in import LINK_HOURS

HERE = "/console/agents"


def mount(blueprint: Blueprint) -> None:
    _list(blueprint)
    _one(blueprint)


async def people_page(visit: Visit, status: int = 200, **context: Any) -> HTTPResponse:
    """`typed`: what stood in the form for a new one."""
    desk, language = visit.conductor.desk, visit.words.language
    given = GRANTS.get(visit.agent.role, frozenset())
    values = {
        "people": await visit.conductor.staff.list(),
        "roles": [role for role in Role if role in given],
        "teams": {key: team.name(language) for key, team in desk.teams.items()},
        "languages": LANGUAGES,
        "error": "",
        "typed": {"login": "", "name": "", "role": ""},
    }
    return visit.page("agents.html", status, **{**values, **context})


def _link_page(visit: Visit, name: str, token: str) -> HTTPResponse:
    """The link is shown in the answer itself and never again."""
    address = f"{visit.conductor.settings.address}/console/welcome#{token}"
    return visit.page("link.html", name=name, link=address, hours=LINK_HOURS)


def _list(blueprint: Blueprint) -> None:
    @blueprint.get(HERE)
    @signed_in(May.MANAGE_AGENTS)
    async def people(visit: Visit) -> HTTPResponse:
        return await people_page(visit)

    @blueprint.post(HERE)
    @signed_in(May.MANAGE_AGENTS)
    async def add(visit: Visit) -> HTTPResponse:
        typed = {"login": visit.field("login"), "name": visit.field("name"), "role": visit.field("role", 16)}
        language = visit.field("language", 2)
        try:
            agent = await visit.conductor.staff.add(
                visit.agent.role,
                typed["login"],
                typed["name"],
                _role(visit),
                _teams(visit),
                language if language in LANGUAGES else LANGUAGES[0],
                by=visit.agent.name,
                borders=visit.agent.teams,
            )
        except ConductorError as error:
            return await people_page(visit, 422, error=in_words(visit, error), typed=typed)
        return _link_page(visit, agent.name, await visit.conductor.sign_in.invite(agent.id))


def _one(blueprint: Blueprint) -> None:
    @blueprint.post(f"{HERE}/<number:int>")
    @signed_in(May.MANAGE_AGENTS)
    async def change(visit: Visit, number: int) -> HTTPResponse:
        staff = visit.conductor.staff
        try:
            await staff.change(visit.agent.role, number, _role(visit), _teams(visit), **_by(visit))
        except ConductorError as error:
            return await people_page(visit, 422, error=in_words(visit, error))
        sessions_changed(visit)
        return visit.to(HERE, "agent_changed")

    @blueprint.post(f"{HERE}/<number:int>/link")
    @signed_in(May.MANAGE_AGENTS)
    async def link(visit: Visit, number: int) -> HTTPResponse:
        try:
            agent = await visit.conductor.staff.may_invite(visit.agent.role, number, **_by(visit))
        except ConductorError as error:
            return await people_page(visit, 422, error=in_words(visit, error))
        return _link_page(visit, agent.name, await visit.conductor.sign_in.invite(agent.id))

    @blueprint.post(f"{HERE}/<number:int>/remove")
    @signed_in(May.MANAGE_AGENTS)
    async def remove(visit: Visit, number: int) -> HTTPResponse:
        try:
            await visit.conductor.staff.remove(visit.agent.role, number, **_by(visit))
        except ConductorError as error:
            return await people_page(visit, 422, error=in_words(visit, error))
        sessions_changed(visit)
        return visit.to(HERE, "agent_removed")


def _by(visit: Visit) -> dict[str, Any]:
    """Who does it, and how far they reach."""
    return {"by": visit.agent.name, "borders": visit.agent.teams}


def _role(visit: Visit) -> Role:
    try:
        return Role(visit.field("role", 16))
    except ValueError as error:
        raise Missing(visit.words("agents.no_role")) from error


def _teams(visit: Visit) -> list[str]:
    """Only teams that recovery.yml knows."""
    return [team for team in visit.fields("team") if team in visit.conductor.desk.teams]
