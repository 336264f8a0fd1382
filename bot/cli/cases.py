"""`conductor cases`: what is open, and how well unhappy customers are looked after."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from typing import Any

import click

DAY = click.DateTime(["%Y-%m-%d"])


@click.group("cases")
def command() -> None:
    """Recovery cases: what is open now, and how it went."""


@command.command("list")
@click.option("--team", default="", help="One team; by default all.")
def list_(team: str) -> None:
    """Open cases, the most urgent first."""
    asyncio.run(_list(team))


async def _list(team: str) -> None:
    import sqlalchemy as sa

    from bot.cli.opened import opened
    from bot.recovery.case_states import OPEN, in_words
    from bot.storage.tables import cases

    query = sa.select(cases).where(cases.c.status.in_(OPEN), *([cases.c.team == team] if team else []))
    async with opened(reading=True) as house:
        async with house.database.read(patient=True) as connection:
            rows = (await connection.execute(query.order_by(cases.c.due_at).limit(200))).mappings().all()
        now = house.clock.now()
    if not rows:
        click.echo("No case is open.")
    for row in rows:
        late = " LATE" if row["first_response_at"] is None and row["due_at"] < now else ""
        score = "" if row["score"] is None else f"{row['metric']} {row['score']:g}"
        who = row["agent"] or "nobody yet"
        click.echo(
            f"#{row['id']:<6} {row['priority']:7} {row['team']:14} {in_words(row['status']):21} {score:8} "
            f"due {row['due_at'][:16].replace('T', ' ')}{late}  {who}"
        )


@command.command("report")
@click.option("--from", "start", type=DAY, help="First day on which cases were opened (UTC).")
@click.option("--to", "end", type=DAY, help="Last day (UTC), included.")
@click.option("--team", default="", help="One team; by default all.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def report(start: datetime | None, end: datetime | None, team: str, form: str) -> None:
    """Answered and resolved in time, reopened, recovered, and why it went wrong (docs/reference/metrics.md)."""
    if start and end and end < start:
        raise click.UsageError("--from lies after --to.")
    found = asyncio.run(_report(start, end, team))
    click.echo(json.dumps(_as_data(found), ensure_ascii=False, indent=2) if form == "json" else _in_words(found))


async def _report(start: datetime | None, end: datetime | None, team: str) -> Any:
    from bot.cli.opened import opened
    from bot.cli.report_data import period_of
    from bot.insight.casework import case_report
    from bot.storage.case_report import CaseReportQueries

    async with opened(reading=True) as house:
        queries = CaseReportQueries(house.database)
        return case_report(await queries.counts(period_of(start, end), house.clock.now(), team))


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

    lines = [f"Cases opened          {found.opened}"]
    named = [(_NAMES[name], getattr(found, name)) for name in _SHARES]
    recovered = [(RECOVERY[metric], share) for metric, share in found.recovery.items() if share or metric == "nps"]
    for name, share in [*named, *recovered]:
        value = "fewer than 5: not shown" if share is None else f"{share.percent:.0f} % ({share.count} of {share.of})"
        lines.append(f"{name:21} {value}")
    causes = ", ".join(f"{cause.replace('_', ' ')} {count}" for cause, count in found.root_causes)
    return "\n".join([*lines, f"Root causes           {causes or 'none yet'}"])
