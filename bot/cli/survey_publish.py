"""`conductor survey publish` and `conductor survey list`: what is live."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.moments import in_utc
from bot.errors import ConductorError

if TYPE_CHECKING:
    from bot.storage.catalogue import Published
    from survey_flows.model import Survey


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
def publish(files: tuple[Path, ...]) -> None:
    """Make surveys live, without retraining. FILES: definitions, or keys of `survey_flows/definitions`.

    With mistakes in a file nothing changes: the running version stays live. So it is with a key that is not the file's
    name, which would replace another survey. Responses that are under way end with the
    version they began with.
    """
    if not files:
        raise ConductorError(
            "Nothing to publish.", "Name a file or a survey's key: conductor survey publish delivery_nps"
        )
    asyncio.run(_with_catalogue(lambda catalogue, home, first: _publish(catalogue, home, first, files), False))


@click.command(name="list")
def list_() -> None:
    """Which surveys are live, and which files are drafts still."""
    asyncio.run(_with_catalogue(_list, True))


async def _with_catalogue(use: Callable[[Any, Path, bool], Coroutine[Any, Any, None]], reading: bool) -> None:
    from bot.bootstrap import SystemClock, publish_folder
    from bot.cli.place import may_make, must_exist
    from bot.settings import load_settings
    from bot.storage.catalogue import SqlCatalogue
    from bot.storage.engine import Database
    from bot.storage.migrate import migrate

    settings = load_settings()
    (must_exist if reading else may_make)(settings)
    await asyncio.to_thread(migrate, settings.database_url)
    database = Database(settings.database_url)
    try:
        catalogue = SqlCatalogue(database)
        first = await publish_folder(catalogue, settings.surveys, SystemClock().now())
        await use(catalogue, settings.surveys, first)
    finally:
        await database.close()


def _file(named: Path, folder: Path) -> Path:
    for candidate in (named, folder / f"{named}.yml"):
        if candidate.is_file():
            return candidate
    raise ConductorError(f"There is no survey file {named}.", f"Give a path, or a key of {folder}.")


async def _publish(catalogue: Any, folder: Path, first: bool, named: tuple[Path, ...]) -> None:
    """All the files are read before the first goes live: nothing half-done. `first`: this very command has made the
    folder's surveys live, because the database is new."""
    from survey_flows.file_name import misnamed
    from survey_flows.problems import SurveyError

    now = datetime.now(timezone.utc).isoformat(timespec="microseconds")
    files = [_file(each, folder) for each in named]
    sources = [(file, file.read_text(encoding="utf-8")) for file in files]
    try:
        for file, source in sources:
            if wrong := misnamed(await catalogue.check(source, str(file), file.parent), file):
                raise SurveyError(wrong)
        for file, source in sources:
            published = await catalogue.publish(source, now, str(file), file.parent)
            click.echo(_told(published, first))
            _warn(published.survey, file)
    except SurveyError as error:
        raise ConductorError(f"{error}\nNothing was published; the running versions stay live.") from error


def _told(published: Published, first: bool) -> str:
    key, version = published.survey.key, published.survey.fingerprint
    if published.replaced:
        before, since = published.replaced
        return f"{key} is live: version {before}, live since {in_utc(since)}, is replaced by version {version}."
    return f"{key} {'is live' if published.changed or first else 'was live already'} (version {version})."


def _warn(survey: Survey, file: Path) -> None:
    """What `conductor survey check` would find. It is live all the same: only what cannot be loaded is refused."""
    from survey_flows.check import check_survey, untranslated

    for finding in (*check_survey(survey, str(file)), *untranslated(file)):
        if finding.level != "info":
            click.echo(f"  {finding}", err=True)


async def _list(catalogue: Any, folder: Path, _first: bool) -> None:
    from survey_flows.duration import longest_path

    live = await catalogue.published()
    for published in live:
        survey = published.survey
        languages = " ".join(survey.languages)
        click.echo(
            f"{survey.key:24} {languages:12} at most {longest_path(survey):2} questions  "
            f"since {in_utc(published.published_at)}"
        )
    known = {published.survey.key for published in live}
    for key in await asyncio.to_thread(_keys, folder):
        if key not in known:
            click.echo(f"{key:24} {await asyncio.to_thread(_draft, folder / f'{key}.yml')}")


def _draft(file: Path) -> str:
    """What is to be done with a file that is not live."""
    from survey_flows.file_name import misnamed
    from survey_flows.loader import load_file
    from survey_flows.problems import SurveyError

    try:
        wrong = misnamed(load_file(file), file)
    except SurveyError as error:
        wrong = tuple(error.problems)
    if wrong:
        return f"draft with mistakes: 'conductor survey check {file}' names them"
    return f"draft: 'conductor survey publish {file.stem}' makes it live"


def _keys(folder: Path) -> list[str]:
    return sorted(file.stem for file in folder.glob("*.yml"))
