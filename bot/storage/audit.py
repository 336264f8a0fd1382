"""The audit: what happened to cases, who came in, and what was changed about those who work here, newest first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.storage.borders import visible
from bot.storage.engine import Database
from bot.storage.tables import case_events, cases, sign_in_attempts, staff_events

SOURCES = ("case", "staff", "sign_in")


@dataclass(frozen=True)
class Entry:
    """`kind` in the words of its source; `case`: 0 where it is about none."""

    source: str
    id: int
    at: str
    actor: str
    kind: str
    data: Mapping[str, Any]
    case: int = 0

    @property
    def cursor(self) -> str:
        """With which the page after this entry is asked for."""
        return f"{self.at}~{self.source}~{self.id}"


@dataclass(frozen=True)
class Filter:
    """Empty: everything. `actor`: part of a name or login, whatever its case. `teams`: those of who asks, whose cases
    `agent` may see; who works here, and who came in, is nobody's of a team, and left out then."""

    source: str = ""
    actor: str = ""
    case: int = 0
    agent: str = ""
    teams: tuple[str, ...] = ()


class SqlAudit:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, wanted: Filter, before: str = "", limit: int = 50) -> list[Entry]:
        """At most `limit` entries, those before a cursor. A cursor that is none begins anew."""
        sources = [wanted.source] if wanted.source in SOURCES else SOURCES
        if wanted.case or wanted.teams:
            sources = [source for source in sources if source == "case"]
        found: list[Entry] = []
        async with self._database.read() as connection:
            for source in sources:
                rows = await connection.execute(_query(source, wanted, _place(before), limit))
                found += [_entry(source, row) for row in rows.mappings()]
        return sorted(found, key=lambda e: (e.at, e.source, e.id), reverse=True)[:limit]


def _query(source: str, wanted: Filter, place: tuple[str, str, int] | None, limit: int) -> Any:
    """The newest of one source; each has an index by time, so no page costs more than another."""
    table, actor, columns = {
        "case": (case_events, case_events.c.actor, [case_events]),
        "staff": (staff_events, staff_events.c.actor, [staff_events]),
        "sign_in": (sign_in_attempts, sign_in_attempts.c.login, [sign_in_attempts]),
    }[source]
    query = sa.select(*columns).order_by(table.c.at.desc(), table.c.id.desc()).limit(limit)
    if wanted.actor:
        query = query.where(sa.func.lower(actor).contains(wanted.actor.lower(), autoescape=True))
    if wanted.teams and source == "case":
        seen = sa.select(cases.c.id).where(visible(wanted.agent, wanted.teams))
        query = query.where(case_events.c.case_id.in_(seen))
    if wanted.case and source == "case":
        query = query.where(case_events.c.case_id == wanted.case)
    if place is None:
        return query
    at, other, number = place
    same = table.c.at == at
    if source == other:
        return query.where(sa.or_(table.c.at < at, sa.and_(same, table.c.id < number)))
    return query.where(sa.or_(table.c.at < at, same) if source < other else table.c.at < at)


def _place(cursor: str) -> tuple[str, str, int] | None:
    at, _, rest = cursor.partition("~")
    source, _, number = rest.partition("~")
    if source not in SOURCES or not number.isdecimal() or len(number) > 18:
        return None
    return at, source, int(number)


def _entry(source: str, row: Mapping[str, Any]) -> Entry:
    if source == "sign_in":
        kind = "came_in" if row["ok"] else "refused"
        return Entry(source, row["id"], row["at"], row["login"], kind, {"address": row["address"]})
    case = row["case_id"] if source == "case" else 0
    return Entry(source, row["id"], row["at"], row["actor"], row["kind"], json.loads(row["data"]), case)
