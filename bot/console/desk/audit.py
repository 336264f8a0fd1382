"""`/console/audit`: who did what, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from sanic import Blueprint
from sanic.response import HTTPResponse

from bot.console.desk.seam import Visit, signed_in
from bot.identity.roles import May
from bot.storage.audit import SOURCES, Entry, Filter

HERE = "/console/audit"
PAGE = 50
LONGEST = 160
"""Characters of a detail that are shown."""


def mount(blueprint: Blueprint) -> None:
    @blueprint.get(HERE)
    @signed_in(May.SEE_AUDIT)
    async def audit(visit: Visit) -> HTTPResponse:
        asked = visit.request.args
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
        rows = [(entry, _kind(visit, entry), _details(entry.data)) for entry in shown]
        newest = _address(wanted) if asked.get("before") else ""
        return visit.page("audit.html", rows=rows, wanted=wanted, sources=SOURCES, onward=onward, newest=newest)


def _kind(visit: Visit, entry: Entry) -> str:
    """In words, where there are some; else as it is stored."""
    key = f"audit.kinds.{entry.kind}"
    return visit.words(key) if visit.words.has(key) else entry.kind


def _details(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(key, _short(value)) for key, value in data.items() if value not in (None, "", [], {})]


def _short(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _address(wanted: Filter, before: str = "") -> str:
    asked = {"source": wanted.source, "actor": wanted.actor, "case": wanted.case or "", "before": before}
    return f"{HERE}?{urlencode({key: value for key, value in asked.items() if value})}"
