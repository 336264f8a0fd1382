"""The page on which canned replies are kept: for one team or all, in each language. Who has teams changes those of
their teams, and sees every team's beside them."""

from __future__ import annotations

from typing import Any

from sanic import Blueprint
from sanic.response import HTTPResponse

from bot.console.desk.seam import Visit, signed_in
from bot.console.playground.asking import Missing
from bot.conversation.phrases import languages
from bot.identity.roles import May
from bot.recovery.refusals import Refusal
from bot.storage.agent_tools import Canned, SqlCanned
from survey_flows.plan import language_name

HERE = "/console/canned"


def mount(blueprint: Blueprint) -> None:
    @blueprint.get(HERE)
    @signed_in(May.EDIT_TEAM)
    async def page(visit: Visit) -> HTTPResponse:
        found = await SqlCanned(visit.conductor.database).all()
        kept = [one for one in found if not one.team or _theirs(visit, one.team)]
        wanted = visit.args.get("edit", "")
        edited = next((one for one in kept if str(one.id) == wanted and _theirs(visit, one.team)), None)
        mine = {one.id for one in kept if _theirs(visit, one.team)}
        return visit.page("cases/canned.html", kept=kept, edited=edited, mine=mine, **_choices(visit))

    @blueprint.post(HERE)
    @signed_in(May.EDIT_TEAM)
    async def keep(visit: Visit) -> HTTPResponse:
        canned = _read(visit)
        await _must_be_theirs(visit, canned.id)
        await SqlCanned(visit.conductor.database).keep(canned, visit.agent.name, visit.conductor.clock.now())
        return visit.to(HERE, "saved")

    @blueprint.post(f"{HERE}/drop")
    @signed_in(May.EDIT_TEAM)
    async def drop(visit: Visit) -> HTTPResponse:
        await _must_be_theirs(visit, _number(visit))
        await SqlCanned(visit.conductor.database).drop(_number(visit))
        return visit.to(HERE, "saved")


def _theirs(visit: Visit, team: str) -> bool:
    """Whether the visitor changes what is that team's ("": every team's)."""
    return not visit.agent.teams or team in visit.agent.teams


async def _must_be_theirs(visit: Visit, canned: int) -> None:
    before = await SqlCanned(visit.conductor.database).one(canned)
    if before is not None and not _theirs(visit, before.team):
        raise Refusal("canned_team")


def _choices(visit: Visit) -> dict[str, Any]:
    desk = visit.conductor.casework.desk
    names = {"": visit.words("canned.everybody")}
    names |= {key: team.name(visit.words.language) for key, team in desk.teams.items()}
    given = {key: name for key, name in names.items() if _theirs(visit, key)}
    return {"names": names, "teams": given, "languages": _languages(visit.words.language)}


def _languages(readers: str) -> dict[str, str]:
    """Code → name of those that customers are spoken to in, the reader's first."""
    mine_first = sorted(languages(), key=lambda code: (code != readers, code))
    return {code: language_name(code) for code in mine_first}


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
