"""`conductor cases`: tables whose columns stay columns, with names in place of keys."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.cli.cases import columns
from bot.storage.engine import Database
from tests.backends import Backend
from tests.storage.inbox_house import House, at


def filled(backend: Backend, *cases: dict[str, Any]) -> None:
    async def fill() -> None:
        database = Database(backend.database_url)
        house = House(database)
        for values in cases:
            await house.case(**values)
        await database.close()

    asyncio.run(fill())


def test_open_cases_are_a_table_of_names(place: Path, backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "recovery.yml").write_text('teams: {care: {title: {en: "Customer care of the north"}}}')
    monkeypatch.setenv("CONDUCTOR_RECOVERY", str(place / "recovery.yml"))
    filled(backend, {"metric": "nps", "score": 2.0}, {"due": "13:30", "team": "second_line", "agent": "Kim"})
    first, second = CliRunner().invoke(main, ["cases", "list"]).stdout.splitlines()
    assert first.startswith("#1  high  Customer care of the north  new  nps 2  due 2026-11-23 13:00 UTC")
    assert second.startswith("#2  high  Second line                 new         due 2026-11-23 13:30 UTC")
    assert [line.split()[-1] for line in (first, second)] == ["yet", "Kim"]
    assert CliRunner().invoke(main, ["cases"]).stdout.splitlines() == [first, second], "alone it lists them"
    for team, shown in (("care", "#1"), ("customer care of the NORTH", "#1"), ("second_line", "#2")):
        [line] = CliRunner().invoke(main, ["cases", "list", "--team", team]).stdout.splitlines()
        assert line.startswith(shown)
        report = CliRunner().invoke(main, ["cases", "report", "--team", team, "--format", "json"])
        assert json.loads(report.stdout)["opened"] == 1


def test_the_report_is_one_table_also_where_a_name_is_long(place: Path, backend: Backend) -> None:
    filled(backend, *({"first_response_at": at("11:05"), "due_at": at("12:00"), "metric": "csat"} for _ in range(5)))
    lines = CliRunner().invoke(main, ["cases", "report"]).stdout.splitlines()
    names = ["Cases opened", "First answer in time", "Resolved in time", "Reopened",
             "Recovery rate (NPS, from 0-6 to 7-10)", "Root causes"]  # fmt: skip
    begin = len("Recovery rate (NPS, from 0-6 to 7-10)") + 2
    assert [line[:begin].rstrip() for line in lines] == names
    assert [line[begin:] for line in lines] == [
        "5", "100 % (5 of 5)", *["fewer than 5: not shown"] * 3, "none yet"
    ]  # fmt: skip


def test_nothing_has_no_columns() -> None:
    assert columns([]) == []
    assert columns([["a", ""], ["bbb", "c"]]) == ["a", "bbb  c"]
