"""`conductor cases`: what is open, and how well unhappy customers are looked after."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from bot.cli.moments import in_utc

if TYPE_CHECKING:
    from bot.recovery.desk import Desk

DAY = click.DateTime(["%Y-%m-%d"])


@click.group("cases", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """Recovery cases: what is open now, and how it went. Alone it lists the open ones."""
    if context.invoked_subcommand is None:
        context.invoke(list_, team="")


@command.command("list")
@click.option("--team", default="", help="One team, by its name or key in recovery.yml; by default all.")
def list_(team: str) -> None:
    """Open cases, the most urgent first."""
    asyncio.run(_list(team))


async def _list(team: str) -> None:
    import sqlalchemy as sa

    from bot.bootstrap.configured import desk_of
    from bot.cli.opened import opened
    from bot.recovery.case_states import OPEN
    from bot.storage.tables import cases

    async with opened(reading=True) as house:
        desk, now = desk_of(house.settings), house.clock.now()
        theirs = [cases.c.team == _key(desk, team)] if team else []
        query = sa.select(cases).where(cases.c.status.in_(OPEN), *theirs)
        async with house.database.read(patient=True) as connection:
            rows = (await connection.execute(query.order_by(cases.c.due_at).limit(200))).mappings().all()
    if not rows:
        click.echo("No case is open.")
    for line in columns([_row(row, desk.team(row["team"]).name("en"), now) for row in rows]):
        click.echo(line)


def _key(desk: Desk, team: str) -> str:
    """Of the team that is called so, in whatever language. Others are taken as they are: a case may be of a team that
    the file no longer knows."""
    wanted = team.casefold()
    named = ((key, {name.casefold() for name in one.title.values()}) for key, one in desk.teams.items())
    return next((key for key, names in named if wanted in names), team)


def _row(row: Mapping[str, Any], team: str, now: str) -> list[str]:
    """The cells of one case."""
    from bot.recovery.case_states import in_words

    late = " LATE" if row["first_response_at"] is None and row["due_at"] < now else ""
    score = "" if row["score"] is None else f"{row['metric']} {row['score']:g}"
    due = f"due {in_utc(row['due_at'])}{late}"
    return [f"#{row['id']}", row["priority"], team, in_words(row["status"]), score, due, row["agent"] or "nobody yet"]


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Each row as a line; cells below each other begin at the same place, however long the longest is."""
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


@command.command("report")
@click.option("--from", "start", type=DAY, help="First day on which cases were opened (UTC).")
@click.option("--to", "end", type=DAY, help="Last day (UTC), included.")
@click.option("--team", default="", help="One team, by its name or key in recovery.yml; by default all.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def report(start: datetime | None, end: datetime | None, team: str, form: str) -> None:
    """Answered and resolved in time, reopened, recovered, and why it went wrong (docs/reference/metrics.md)."""
    if start and end and end < start:
        raise click.UsageError("--from lies after --to.")
    found = asyncio.run(_report(start, end, team))
    click.echo(json.dumps(_as_data(found), ensure_ascii=False, indent=2) if form == "json" else _in_words(found))


async def _report(start: datetime | None, end: datetime | None, team: str) -> Any:
    from bot.bootstrap.configured import desk_of
    from bot.cli.opened import opened
    from bot.cli.report_data import period_of
    from bot.insight.casework import case_report
    from bot.storage.case_report import CaseReportQueries

    async with opened(reading=True) as house:
        queries = CaseReportQueries(house.database)
        key = _key(desk_of(house.settings), team)
        return case_report(await queries.counts(period_of(start, end), house.clock.now(), key))


_SHARES = ("answered_in_time", "resolved_in_time", "reopened")
_NAMES = {
    "answered_in_time": "First answer in time",
    "resolved_in_time": "Resolved in time",
    "reopened": "Reopened",
}


def _as_data(found: Any) -> dict[str, Any]:
    shares = {name: getattr(found, name) for name in _SHARES}
    shares |= {f"recovery_{metric}": share for metric, share in found.recovery.items()}
    as_shares = {
        name: share and {"percent": round(share.percent, 1), "count": share.count, "of": share.of}
        for name, share in shares.items()
    }
    return {"opened": found.opened, **as_shares, "root_causes": dict(found.root_causes)}


def _in_words(found: Any) -> str:
    from bot.insight.casework import RECOVERY

    rows = [["Cases opened", str(found.opened)]]
    named = [(_NAMES[name], getattr(found, name)) for name in _SHARES]
    recovered = [(RECOVERY[metric], share) for metric, share in found.recovery.items() if share or metric == "nps"]
    for name, share in [*named, *recovered]:
        value = "fewer than 5: not shown" if share is None else f"{share.percent:.0f} % ({share.count} of {share.of})"
        rows.append([name, value])
    causes = ", ".join(f"{cause.replace('_', ' ')} {count}" for cause, count in found.root_causes)
    return "\n".join(columns([*rows, ["Root causes", causes or "none yet"]]))
