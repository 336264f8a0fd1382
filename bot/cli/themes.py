"""`conductor themes`: what customers write about, and how they feel about it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from bot.errors import ConductorError

if TYPE_CHECKING:
    from bot.insight.themes.codebook import Codebook
    from bot.insight.themes.verbatim import Kind

_kind = click.option("--sentiment", is_flag=True, help="The sentiment instead of the themes.")


@click.group("themes")
def command() -> None:
    """Themes and sentiment of free-text answers. The themes are in themes.yml, which you edit; classifiers learn from
    its examples and from your corrections, the sentiment from the score of the same response."""


@command.command("check")
@click.argument("file", required=False, type=click.Path(path_type=Path))
def check(file: Path | None) -> None:
    """Say what is wrong with the themes, and how to mend it. Errors end with exit code 1; warnings don't."""
    from bot.insight.themes.codebook import ThemesError, read, warnings
    from bot.settings import load_settings

    file = file or load_settings().themes
    try:
        codebook = read(file)
    except ThemesError as error:
        for problem in error.problems:
            click.echo(f"error: {problem}")
        sys.exit(1)
    for problem in warnings(codebook, str(file)):
        click.echo(f"warning: {problem}")
    click.echo(f"{len(codebook.themes)} themes, {len(codebook.examples())} examples: in order.")


@command.command("train")
@click.option("--force", is_flag=True, help="Train even if nothing has changed.")
def train(force: bool) -> None:
    """Train what is out of date and label what is not labelled. A running server does it by itself within a minute."""
    from bot.insight.themes.labelling import update

    async def go() -> None:
        from bot.cli.opened import opened
        from bot.storage.labels import SqlLabels

        async with opened() as house:
            codebook = _codebook(house.settings.themes)
            store = SqlLabels(house.database)
            done = await update(store, codebook, house.clock.now(), force)
            what = f"Trained: {', '.join(done.trained)}. " if done.trained else "Nothing to train. "
            click.echo(f"{what}{done.labelled} labelled.")

    asyncio.run(go())


@command.command("list")
@_kind
@click.option("--label", default="", help="Only answers with this one, such as unclassified.")
@click.option("--unsure", is_flag=True, help="The least sure first: those teach most.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
@click.option("--csv", "as_csv", is_flag=True, help="As CSV, to be filled in and read by 'correct --csv'.")
def list_(sentiment: bool, label: str, unsure: bool, limit: int, as_csv: bool) -> None:
    """Show free-text answers with what was found in them."""
    from bot.cli import themes_table

    async def go() -> None:
        from bot.cli.opened import opened
        from bot.storage.labels import SqlLabels

        async with opened(reading=True) as house:
            rows = await SqlLabels(house.database).listed(_of(sentiment), label, unsure, limit)
        themes_table.write(rows, sys.stdout, as_csv)

    asyncio.run(go())


@command.command("correct")
@click.argument("answer", type=int, required=False)
@click.argument("labels", nargs=-1)
@_kind
@click.option("--csv", "table", type=click.File(encoding="utf-8-sig"), help="A file: columns answer and correct.")
def correct(answer: int | None, labels: tuple[str, ...], sentiment: bool, table: TextIO | None) -> None:
    """Say what ANSWER is about: all of its themes, none for no theme. The classifiers learn from it."""
    from bot.cli import themes_table

    if (answer is None) == (table is None):
        raise click.UsageError("Give the number of an ANSWER, or a file with --csv.")
    told = themes_table.read(table) if table is not None else {int(answer or 0): frozenset(labels)}

    async def go() -> None:
        from bot.cli.opened import opened
        from bot.storage.labels import SqlLabels

        async with opened() as house:
            _known(told, _codebook(house.settings.themes), sentiment)
            await SqlLabels(house.database).correct(_of(sentiment), told, house.clock.now()[:10])

    asyncio.run(go())
    click.echo(f"{len(told)} corrected. They count from the next 'conductor themes train', or in a minute.")


@command.command("report")
def report() -> None:
    """Show how well each theme and the sentiment are known, with the numbers behind it."""
    from bot.cli import themes_table

    async def go() -> None:
        from bot.cli.opened import opened
        from bot.insight.themes.verbatim import KINDS
        from bot.storage.label_counts import count_labels
        from bot.storage.labels import SqlLabels
        from bot.storage.report_queries import Filter

        async with opened(reading=True) as house:
            store = SqlLabels(house.database)
            counts = await count_labels(house.database, Filter())
            for kind in KINDS:
                for line in themes_table.known(kind, await store.model(kind), counts.languages):
                    click.echo(line)

    asyncio.run(go())


def _codebook(path: Path) -> Codebook:
    from bot.insight.themes.codebook import read

    return read(path)


def _of(sentiment: bool) -> Kind:
    return "sentiment" if sentiment else "theme"


def _known(told: dict[int, frozenset[str]], codebook: Codebook, sentiment: bool) -> None:
    """Raises ConductorError for a label that is none."""
    from bot.insight.themes.verbatim import SENTIMENTS

    allowed = SENTIMENTS if sentiment else codebook.keys
    unknown = sorted({label for labels in told.values() for label in labels} - set(allowed))
    if unknown:
        raise ConductorError(f"There is no {', '.join(unknown)}.", f"Known are: {', '.join(allowed)}.")
    if sentiment and any(len(labels) > 1 for labels in told.values()):
        raise ConductorError("An answer has one sentiment, or none.", "Name positive, or negative, or nothing.")
