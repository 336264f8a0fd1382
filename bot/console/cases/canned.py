"""The page on which canned replies are kept: for one team or all, in each language."""

from __future__ import annotations

from typing import Any

from sanic import Blueprint
from sanic.response import HTTPResponse

from bot.console.desk.seam import Visit, signed_in
from bot.console.playground.asking import Missing
from bot.conversation.phrases import languages
from bot.identity.roles import May
from bot.storage.agent_tools import Canned, SqlCanned

HERE = "/console/canned"


def mount(blueprint: Blueprint) -> None:
    @blueprint.get(HERE)
    @signed_in(May.EDIT_TEAM)
    async def page(visit: Visit) -> HTTPResponse:
        kept = await SqlCanned(visit.conductor.database).all()
        wanted = visit.request.args.get("edit", "")
        edited = next((one for one in kept if str(one.id) == wanted), None)
        return visit.page("cases/canned.html", kept=kept, edited=edited, **_choices(visit))

    @blueprint.post(HERE)
    @signed_in(May.EDIT_TEAM)
    async def keep(visit: Visit) -> HTTPResponse:
        canned = _read(visit)
        await SqlCanned(visit.conductor.database).keep(canned, visit.agent.name, visit.conductor.clock.now())
        return visit.to(HERE, "saved")

    @blueprint.post(f"{HERE}/drop")
    @signed_in(May.EDIT_TEAM)
    async def drop(visit: Visit) -> HTTPResponse:
        await SqlCanned(visit.conductor.database).drop(_number(visit))
        return visit.to(HERE, "saved")


def _choices(visit: Visit) -> dict[str, Any]:
    desk = visit.conductor.casework.desk
    names = {key: team.name(visit.words.language) for key, team in desk.teams.items()}
    return {"teams": {"": visit.words("canned.everybody"), **names}, "languages": languages()}


def _read(visit: Visit) -> Canned:
    team, language = visit.field("team", 64), visit.field("language", 8)
    name, text = visit.field("name", 64).strip(), visit.field("text", 4000).strip()
    choices = _choices(visit)
    if team not in choices["teams"] or language not in choices["languages"] or not name or not text:
        raise Missing(visit.words("canned.incomplete"))
    return Canned(_number(visit), team, language, name, text)


def _number(visit: Visit) -> int:
    number = visit.field("id", 18) or "0"
    if not number.isdecimal():
        raise Missing(visit.words("canned.incomplete"))
    return int(number)
