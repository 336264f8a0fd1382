"""`conductor report` and `conductor responses export`, on a database with known answers."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.cli.report_data import Entry, Report
from bot.cli.report_view import interval_bar, show, sparkline, value_in_words
from bot.insight.proportions import Share
from bot.insight.report import line
from bot.storage.engine import Database
from bot.storage.report_queries import Period
from tests.backends import Backend
from tests.storage.seeding import Seed


@pytest.fixture
def home(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COLUMNS", "200")
    return place


def plant(backend: Backend, work: Callable[[Seed], Awaitable[None]]) -> None:
    async def go() -> None:
        database = Database(backend.database_url)
        await work(Seed(database))
        await database.close()

    asyncio.run(go())


def run(*args: str) -> Result:
    result = CliRunner().invoke(main, args)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def metrics(*args: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("report", "--format", "json", *args).stdout)["metrics"]
    return found


def scores(*counts: tuple[int, int], **values: Any) -> Callable[[Seed], Awaitable[None]]:
    async def work(seed: Seed) -> None:
        for score, times in counts:
            for _ in range(times):
                await seed.scored(score, **values)

    return work


def test_without_answers_there_is_no_number(home: Path) -> None:
    assert "No answers yet" in run("report").stdout
    assert metrics() == []


def test_fewer_than_5_answers_are_hidden(home: Path, backend: Backend) -> None:
    plant(backend, scores((9, 4)))
    [entry] = metrics()
    assert (entry["trust"], entry["n"], entry["value"], entry["counts"], entry["completion"]) == (
        "hidden",
        None,
        None,
        None,
        None,
    )
    assert "<5" in run("report").stdout


def test_fewer_than_30_are_only_counted(home: Path, backend: Backend) -> None:
    plant(backend, scores((9, 5)))
    [entry] = metrics()
    assert (entry["trust"], entry["n"], entry["value"]) == ("counts", 5, None)
    assert entry["counts"] == [0] * 9 + [5, 0]


def test_from_30_on_there_is_a_value_with_its_interval(home: Path, backend: Backend) -> None:
    plant(backend, scores((9, 20), (7, 5), (2, 5)))
    [entry] = metrics()
    assert (entry["trust"], entry["n"], entry["value"]) == ("directional", 30, 50.0)
    assert entry["interval"][0] < 50 < entry["interval"][1]
    assert "+50 ~" in run("report").stdout


def test_two_periods_are_compared(home: Path, backend: Backend) -> None:
    async def work(seed: Seed) -> None:
        await scores((9, 40), (2, 60), day="2026-10-15")(seed)
        await scores((9, 80), (2, 20), day="2026-11-05")(seed)

    plant(backend, work)
    [entry] = metrics("--from", "2026-11-01", "--to", "2026-11-30")
    assert (entry["value"], entry["change"]["difference"], entry["change"]["verdict"]) == (60.0, 80.0, "real")


def test_groups_are_split_and_hidden_apart(home: Path, backend: Backend) -> None:
    async def work(seed: Seed) -> None:
        await scores((9, 5), language="en")(seed)
        await scores((9, 2), language="de")(seed)

    plant(backend, work)
    assert [(entry["language"], entry["n"]) for entry in metrics("--by", "language")] == [("de", None), ("en", 5)]


@pytest.mark.parametrize("columns", [80, 100, 140])
@pytest.mark.parametrize("group", ["", "web", "after_handing_over_it"])
@pytest.mark.parametrize("before", [None, {}, {5: 90, 1: 30}])
def test_no_word_is_broken_and_nothing_lost_on_any_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: int, group: str, before: Any
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    survey, question, share = "delivery_of_parcels", "how_easy_was_it_for_you", Share(120, 120)
    entries = tuple(
        Entry(survey, group, question, line(metric, counts, before), share)
        for metric, counts in (("nps", {9: 60, 2: 60}), ("ces2", {7: 60, 1: 60}), ("ces1", {2: 120}), ("csat", {1: 4}))
    )
    show(Report("touchpoint" if group else "", Period(), entries, ((survey, "2026-11-01", share),), share))
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= columns
    for word in (group, "+0", "50 % (mean 4.00)", "2.00", "120", "-18 … 18", "100 %", "2026-11-01", "Recovery rate"):
        assert word in shown, f"{word!r} is missing or broken in:\n{shown}"
    assert (shown.count(survey), shown.count(question)) == (len(entries) + 1, len(entries)), shown
    assert ("real" in shown) == bool(before), shown


def test_an_unknown_survey_is_a_sentence(home: Path) -> None:
    result = run("report", "--survey", "delivery_npss")
    assert result.exit_code == 2
    assert "Did you mean delivery_nps?" in result.stderr


def test_the_interval_bar_shows_where_on_the_whole_range() -> None:
    bar = interval_bar(line("nps", {9: 50, 7: 30, 2: 20})).plain
    assert bar == "·············├─●─┤······ 14 … 44"


@pytest.mark.parametrize(("counts", "drawn"), [((), ""), ((0, 0), ""), ((1, 0, 8), "▁ █"), ((4, 8), "▄█")])
def test_the_sparkline_has_a_block_per_score(counts: tuple[int, ...], drawn: str) -> None:
    assert sparkline(counts) == drawn


@pytest.mark.parametrize(
    ("metric", "counts", "words"),
    [
        ("nps", {}, "none"),
        ("nps", {9: 4}, "hidden"),
        ("nps", {9: 5}, "5 of 30 needed"),
        ("csat", {4: 29}, "29 of 30 needed"),
        ("nps", {2: 120}, "-100"),
        ("ces2", {7: 50, 1: 50}, "50 % (mean 4.00)"),
        ("ces1", {2: 120}, "2.00"),
        ("csat", {4: 40}, "100 % ~"),
    ],
)
def test_values_in_words(metric: str, counts: dict[int, int], words: str) -> None:
    assert value_in_words(line(metric, counts)).plain == words


# Export


async def answered(seed: Seed) -> None:
    response = await seed.response(await seed.customer(name='=HYPERLINK("http://evil")'))
    await seed.answer(response, 3, comment="=late")
    await seed.answer(response, "+1 for the driver,\nbut late", node="why", metric="")
    await seed.answer(response, ["speed", "price"], node="liked", metric="")
    await seed.answer(response, True, node="again", metric="")
    await seed.response(await seed.customer(), contact_id=None)


def test_csv_has_a_column_per_question_and_no_formulas(home: Path, backend: Backend) -> None:
    plant(backend, answered)
    first, second = csv.DictReader(io.StringIO(run("responses", "export").stdout))
    assert (first["score"], first["liked"], first["again"]) == ("3", "speed;price", "true")
    assert (first["score:comment"], second["score:comment"]) == ("'=late", "")
    assert first["why"] == "'+1 for the driver,\nbut late"
    assert first["name"] == '\'=HYPERLINK("http://evil")'
    assert (second["name"], second["address"], second["contact"], second["score"]) == ("", "", "", "")


def test_json_lines_hold_the_words_as_they_were(home: Path, backend: Backend) -> None:
    plant(backend, answered)
    first, second = map(json.loads, run("responses", "export", "--format", "jsonl").stdout.splitlines())
    assert [answer["value"] for answer in first["answers"]] == [
        3,
        "+1 for the driver,\nbut late",
        ["speed", "price"],
        True,
    ]
    assert first["answers"][0]["comment"] == "=late"
    assert (first["answers"][0]["score"], second["answers"]) == (3.0, [])


def test_a_file_is_written_whole(home: Path, backend: Backend) -> None:
    plant(backend, answered)
    result = run("responses", "export", "-o", "out.csv")
    assert "2 responses written to out.csv." in result.stderr
    with (home / "out.csv").open(newline="", encoding="utf-8") as handle:
        assert len(list(csv.reader(handle))) == 3
    assert [path.name for path in home.glob("*out*")] == ["out.csv"]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--survey", "nowhere_at_all"), "no published survey named 'nowhere_at_all'"),
        (("--all-answers",), "--all-answers needs --format jsonl"),
        (("-o", "no/such/folder/out.csv"), "can't be written"),
    ],
)
def test_bad_input_is_a_sentence(home: Path, args: tuple[str, ...], says: str) -> None:
    result = run("responses", "export", *args)
    assert result.exit_code == 2
    assert says in result.stderr
