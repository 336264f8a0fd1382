"""`conductor faq`: check the FAQ's files, bring entries in, give them to Rasa's own tools."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import click

from bot.errors import ConductorError
from channels.contract import CHANNELS

FOLDER = Path("dialogues/faq")
_folder = click.option(
    "--folder", type=click.Path(path_type=Path), default=FOLDER, show_default=True, help="Where the entries are."
)


@click.group("faq")
def command() -> None:
    """The FAQ: one Markdown file for each entry and language, in dialogues/faq."""


@command.command("check")
@_folder
@click.option("--quick", is_flag=True, help="Leave out the cross-validation (about 20 seconds).")
def check(folder: Path, quick: bool) -> None:
    """Say what is wrong with the entries, and how to mend it; and which entries steal phrasings from each other, by the
    project's own classifier. Errors end with exit code 1; warnings don't."""
    from bot.bootstrap import SystemClock, desk_of
    from bot.cli import faq_confusion
    from bot.faq.check import check as findings
    from bot.faq.day import day_of
    from bot.faq.read import read_all
    from bot.faq.stealing import thefts
    from bot.settings import load_settings

    settings = load_settings()
    book, broken = read_all(folder)
    found = [*broken, *findings(book, day_of(SystemClock().now(), settings.timezone), desk_of(settings).teams)]
    confused = [] if quick or broken or len(book.keys) < 2 else faq_confusion.look(folder)
    found += thefts(confused, book)
    for problem in found:
        click.echo(f"{problem.level}: {problem}")
    for line in faq_confusion.table(confused):
        click.echo(line)
    errors = sum(problem.level == "error" for problem in found)
    languages = ", ".join(book.languages) or "no language"
    click.echo(f"{len(book)} entries in {languages}: {errors} errors, {len(found) - errors} warnings.")
    sys.exit(1 if errors else 0)


@command.command("try")
@click.argument("question")
@click.option("--lang", "language", default="", help="The conversation's language; the installation's by default.")
@click.option("--channel", type=click.Choice(CHANNELS), default="web", show_default=True)
@_folder
def try_(question: str, language: str, channel: str, folder: Path) -> None:
    """Say what QUESTION would be understood as, by the files as they are now: the candidates with their confidence and
    the phrasings nearest to it, the decision, and the answer on a channel."""
    from bot.bootstrap import SystemClock
    from bot.cli import faq_try
    from bot.faq.day import day_of
    from bot.faq.read import read_folder
    from bot.settings import load_settings

    settings = load_settings()
    book, today = read_folder(folder), day_of(SystemClock().now(), settings.timezone)
    for line in faq_try.shown(
        faq_try.ask(question, folder), book, language or settings.default_language, channel, today
    ):
        click.echo(line)


@command.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--language", required=True, help="Of the phrasings and answers: two letters, such as en.")
@_folder
def import_(files: tuple[Path, ...], language: str, folder: Path) -> None:
    """Make entries of CSV files (columns key, title, answer, phrasing, and short if you like) or of Rasa's NLU and
    responses YAML. All of them or, where something is wrong, none; an entry that exists is left as it is, and named."""
    from bot.faq.rasa_import import entries_from
    from bot.faq.read import LANGUAGE
    from bot.faq.table import entries_from_csv
    from bot.faq.write import write_all

    if not LANGUAGE.fullmatch(language):
        raise ConductorError(f"{language!r} is no language code.", "Use two letters, such as en or de.")
    tables = [file for file in files if file.suffix.lower() == ".csv"]
    notes: list[str] = []
    entries = [entry for file in tables for entry in entries_from_csv(file, language)]
    if len(tables) < len(files):
        entries += entries_from([file for file in files if file not in tables], language, notes)
    double = sorted(key for key, count in Counter(entry.key for entry in entries).items() if count > 1)
    if double:
        raise ConductorError(f"Several files have {', '.join(double)}.", "Put them into one, or import one by one.")
    made, kept = write_all(entries, folder)
    for file in made:
        click.echo(f"made {file}")
    for file in kept:
        click.echo(f"kept {file}: it exists already")
    for note in notes:
        click.echo(f"note: {note}")
    click.echo(f"{len(made)} of {len(entries)} entries made. Now: conductor faq check")


@command.command("gaps")
@click.option("--most", default=10, show_default=True, help="Groups that are shown.")
@click.option("--write", "number", type=int, help="Make a draft entry of this group.")
@click.option("--key", default="", help="The draft's key, with --write.")
@_folder
def gaps(most: int, number: int | None, key: str, folder: Path) -> None:
    """Show what customers asked that nobody answered, grouped; numbers, e-mail addresses and names are masked."""
    import asyncio

    from bot.cli.faq_gaps import answered, groups, questions
    from bot.faq.entry import Entry
    from bot.faq.read import KEY, UNWRITTEN
    from bot.faq.write import write

    found = groups(asyncio.run(questions()), answered(folder))
    if number is None:
        for place, (language, texts) in enumerate(found[:most], 1):
            click.echo(f"{place}. {language}, {len(texts)} times: " + "; ".join(dict.fromkeys(texts[:4])))
        click.echo(f"{sum(len(texts) for _, texts in found)} questions in {len(found)} groups.")
        return
    if not 1 <= number <= len(found):
        raise ConductorError(f"There is no group {number}.", f"There are {len(found)}: 'conductor faq gaps'.")
    if not KEY.fullmatch(key):
        raise ConductorError(f'The key "{key}" can\'t be used.', "Say --key NAME: small letters, digits and _.")
    language, texts = found[number - 1]
    draft = Entry(key, language, texts[0], UNWRITTEN, tuple(dict.fromkeys(texts)))
    try:
        file = write(draft, folder)
    except FileExistsError as there:
        raise ConductorError(f"{there} exists already.", "Take another key, or add the phrasings there.") from there
    click.echo(f"made {file}: write its answer, then conductor faq check")


@command.command("export")
@click.argument("target", type=click.Path(path_type=Path, file_okay=False))
@_folder
def export(target: Path, folder: Path) -> None:
    """Write the entries as Rasa's own YAML into TARGET, for `rasa test nlu --nlu TARGET`."""
    from bot.faq.rasa_format import export as write
    from bot.faq.read import read_folder
    from bot.settings import load_settings

    for file in write(read_folder(folder), target, load_settings().default_language):
        click.echo(f"made {file}")
