"""The blueprint of `/console`: every page registers itself here."""

from __future__ import annotations

from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.console.cases import canned
from bot.console.cases import routes as cases
from bot.console.desk import account, audit, company, people, sign_in
from bot.console.desk.files import files
from bot.console.desk.seam import Guest, Visit, open_to_all, signed_in
from bot.console.desk.security import HEADERS


def desk() -> Blueprint:
    """The blueprint; its paths are absolute."""
    blueprint = Blueprint("desk")
    _frame(blueprint)
    for page in (sign_in, company, account, people, audit, cases, canned):
        page.mount(blueprint)

    @blueprint.on_response
    async def harden(request: Request, answer: HTTPResponse) -> None:
        answer.headers.update(HEADERS)

    return blueprint


def _frame(blueprint: Blueprint) -> None:
    @blueprint.get("/console")
    @signed_in()
    async def first(visit: Visit) -> HTTPResponse:
        return visit.to("/console/inbox")

    @blueprint.get("/console/static/<name:path>")
    async def static(request: Request, name: str) -> HTTPResponse:
        found = files().get(name)
        if found is None:
            return response.text("There is no such file.\n", status=404)
        headers = {"ETag": found.tag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == found.tag:
            return response.empty(304, headers)
        return response.raw(found.body, content_type=found.type, headers=headers)

    @blueprint.route("/console/<path:path>", methods=["GET", "POST", "PUT", "DELETE"])
    @open_to_all
    async def nowhere(guest: Guest, path: str) -> HTTPResponse:
        if not path:  # "/console/"
            return guest.to("/console/inbox")
        return guest.problem(guest.words("problem.nowhere"), 404)
