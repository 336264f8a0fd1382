"""`conductor themes`, from the codebook to a corrected table."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.labelling import EVERY_SECONDS, LabelChore
from bot.storage.engine import Database
from bot.storage.labels import SqlLabels
from tests.backends import Backend
from tests.cli.test_report import home, plant  # noqa: F401  (home is a fixture)
from tests.storage.seeding import Seed
from tests.storage.test_labels import said
from tests.test_house import ROOT


def run(*args: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, args)
    assert result.exit_code == code, (result.output, result.exception)
    return result


async def five_late_parcels(seed: Seed) -> None:
    for n in range(5):
        await said(seed, "my parcel came days late", n)
    await said(seed, "=1+1 qwrtz", 10)


@pytest.fixture
def house(home: Path, backend: Backend) -> Path:  # noqa: F811
    shutil.copy(ROOT / "themes.yml", home)
    plant(backend, five_late_parcels)
    return home


def test_check(house: Path) -> None:
    assert "8 themes" in run("themes", "check").output
    (house / "themes.yml").write_text("themes:\n  Late: {title: {en: L}}\n")
    told = run("themes", "check", code=1).output
    assert "themes.yml:2" in told
    assert "no examples" in told


def test_train_list_correct_report(house: Path) -> None:
    assert "12 labelled" in run("themes", "train").output
    assert "Nothing to train. 0 labelled" in run("themes", "train").output
    assert run("themes", "list").output.count("delivery_time") == 5
    assert "not learnt" not in run("themes", "report").output.split("sentiment:")[0]

    rows = list(csv.DictReader(io.StringIO(run("themes", "list", "--csv", "--label", "unclassified").output)))
    assert [row["text"] for row in rows] == ["'=1+1 qwrtz"], "no formula for a spreadsheet"
    (house / "told.csv").write_text(f"answer,correct\n{rows[0]['answer']},price|website\n2,\n")
    assert "1 corrected" in run("themes", "correct", "--csv", "told.csv").output
    run("themes", "train")
    assert "price 1.00, website 1.00" in run("themes", "list", "--label", "price").output

    report = json.loads(run("report", "--format", "json").output)["words"]
    assert (report["themes"][0]["label"], report["themes"][0]["n"]) == ("delivery_time", 5)
    assert report["themes"][0]["scores"]["nps"]["mean"] == 2.0
    assert report["sentiment"][-1]["label"] == "unclassified"
    assert "Delivery time" in run("report").output


WRONG = [
    (("correct", "2", "nonsense"), "There is no nonsense"),
    (("correct", "2", "positive", "negative", "--sentiment"), "one sentiment"),
    (("correct", "1", "price"), "no free-text answer 1"),
    (("correct",), "number of an ANSWER"),
]


@pytest.mark.parametrize(("words", "told"), WRONG)
def test_what_cannot_be_corrected_is_said(house: Path, words: tuple[str, ...], told: str) -> None:
    assert told in run("themes", *words, code=2).output


def test_without_a_codebook_the_report_says_nothing_of_words(home: Path, backend: Backend) -> None:  # noqa: F811
    plant(backend, five_late_parcels)
    assert json.loads(run("report", "--format", "json").output)["words"] is None


class Ended:
    """A process that has ended, or not yet."""

    def __init__(self) -> None:
        self.returncode: int | None = None


def test_a_server_starts_the_work_when_there_is_some_and_not_twice(house: Path, backend: Backend) -> None:
    async def go() -> list[int]:
        database = Database(backend.database_url)
        started: list[Ended] = []
        now = 0.0

        async def start() -> Ended:
            started.append(Ended())
            return started[-1]

        chore = LabelChore(SqlLabels(database), house / "themes.yml", lambda: now, start)  # type: ignore[arg-type]
        counts = []
        for step, ended in ((0.0, False), (1.0, False), (EVERY_SECONDS, False), (EVERY_SECONDS, False)):
            now += step
            if ended:
                started[-1].returncode = 0
            await chore.look()
            counts.append(len(started))
        started[-1].returncode = 0
        await asyncio.to_thread(run, "themes", "train")
        for _ in range(2):
            now += EVERY_SECONDS
            await chore.look()
            counts.append(len(started))
        (house / "themes.yml").write_text("themes: [")  # somebody is editing it
        now += EVERY_SECONDS
        await chore.look()
        await database.close()
        return [*counts, len(started)]

    assert asyncio.run(go()) == [0, 0, 1, 1, 1, 1, 1]
