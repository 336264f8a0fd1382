"""`/console/audit`: who did what, newest first."""

from __future__ import annotations

from urllib.parse import urlencode

from sanic import Blueprint
from sanic.response import HTTPResponse

from bot.console.desk.audit_words import details, what, who
from bot.console.desk.seam import Visit, signed_in
from bot.identity.roles import May
from bot.storage.audit import SOURCES, Filter

HERE = "/console/audit"
PAGE = 50


def mount(blueprint: Blueprint) -> None:
    @blueprint.get(HERE)
    @signed_in(May.SEE_AUDIT)
    async def audit(visit: Visit) -> HTTPResponse:
        asked = visit.args
        case = asked.get("case", "")
        wanted = Filter(
            asked.get("source", ""),
            asked.get("actor", "").strip()[:120],
            int(case) if case.isdecimal() and len(case) < 16 else 0,
            visit.agent.name,
            visit.agent.teams,
        )
        found = await visit.conductor.audit.page(wanted, asked.get("before", "")[:80], PAGE + 1)
        shown, more = found[:PAGE], len(found) > PAGE
        onward = _address(wanted, shown[-1].cursor) if more else ""
        words, desk = visit.words, visit.conductor.desk
        rows = [(e, who(words, e.actor), what(words, e), details(words, e, desk)) for e in shown]
        newest = _address(wanted) if asked.get("before") else ""
        return visit.page("audit.html", rows=rows, wanted=wanted, sources=SOURCES, onward=onward, newest=newest)


def _address(wanted: Filter, before: str = "") -> str:
    asked = {"source": wanted.source, "actor": wanted.actor, "case": wanted.case or "", "before": before}
    return f"{HERE}?{urlencode({key: value for key, value in asked.items() if value})}"
