"""What `conductor doctor` looks at: one function per subject, each giving one finding or several. None of them changes
anything."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.bootstrap import SystemClock
from bot.cli import doctor_channels, doctor_grown, doctor_notices, doctor_spool
from bot.cli.doctor_finding import Finding
from bot.cli.doctor_port import port
from bot.cli.doctor_values import figures, language, log_level, mail, misspelt, playground, region
from bot.cli.place import database_file
from bot.connected import PROVIDERS
from bot.errors import ConductorError
from bot.rasa_glue.training import ROOT, Project, fingerprint
from bot.settings import Settings, load_settings
from bot.storage import migrate
from bot.storage.channel_news import channel_news
from bot.storage.trouble import trouble, untold, waiting
from survey_flows.file_name import misnamed
from survey_flows.loader import load_survey
from survey_flows.problems import SurveyError

MEBI = 1 << 20
LITTLE_DISK = 500 * MEBI
"""Bytes free below which we warn: a model takes 50 MB, and the database grows."""
NO_DISK = 50 * MEBI


def check_all() -> Iterator[Finding]:
    """Every finding, in the order in which they are best mended. What needs the settings is left out when they are
    broken."""
    yield python()
    broken, settings = _settings()
    yield from broken
    yield from misspelt(os.environ)
    if settings is None:
        return
    yield from (language(settings), region(settings), log_level(os.environ), playground(settings))
    yield from figures(settings)
    yield from doctor_channels.set_up(os.environ)
    yield from doctor_notices.set_up(settings, os.environ)
    found = database(settings)
    yield found
    if found.level == "ok" and _is_there(settings):
        yield from mail(trouble(settings.database_url, SystemClock().now()))
        happened = channel_news(settings.database_url, [p.name for p in PROVIDERS], SystemClock().now())
        yield from doctor_channels.in_order(happened)
        yield from doctor_notices.told(untold(settings.database_url))
        yield from doctor_notices.waits(waiting(settings.database_url))
        yield from doctor_grown.waiting(settings, SystemClock().now())
    yield from doctor_grown.shared(settings)
    yield from doctor_spool.spooled(settings)
    yield from doctor_spool.lasting(settings.spool, os.environ)
    checks: tuple[Callable[[Settings], Finding], ...] = (disk, time_zones, port)
    for check in checks:
        yield check(settings)
    yield from surveys(settings)
    yield model(Project.at(ROOT, settings.models))


def python(version: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    shown = ".".join(map(str, version))
    if version[:2] == (3, 10):
        return Finding("ok", "Python", shown)
    return Finding("fail", "Python", f"{shown}, but Rasa 3.6 needs 3.10", "Run 'make env', then '.venv/bin/conductor'.")


def _settings() -> tuple[list[Finding], Settings | None]:
    try:
        settings = load_settings()
    except ConductorError as error:
        return [Finding("fail", "Settings", broken, error.mend) for broken in error.message.split("; ")], None
    return [Finding("ok", "Settings", "every variable can be read")], settings


def database(settings: Settings) -> Finding:
    """Reachable, writable, migrated. An SQLite file that does not exist yet is not made by looking."""
    url = sa.engine.make_url(settings.database_url)
    shown = url.render_as_string(hide_password=True)
    if not _is_there(settings):
        return _future_file(Path(str(url.database)))
    try:
        found = migrate.status(settings.database_url)
        migrate.try_writing(settings.database_url)
    except ConductorError as error:
        return Finding("fail", "Database", error.message, error.mend)
    if found.unknown and found.fits:
        words = f"{shown} was migrated by a newer version (revision {found.current}), which has only added to it"
        return Finding("ok", "Database", words)
    if found.unknown:
        words = f"{shown} was made by a newer version (revision {found.current})"
        return Finding("fail", "Database", words, "Install that version, or use another database (DATABASE_URL).")
    if found.pending:
        words = f"{shown} has to be migrated ({', '.join(found.pending)})"
        return Finding("warn", "Database", words, "Run 'conductor db migrate'; 'conductor serve' does it too.")
    return Finding("ok", "Database", f"{shown}, up to date, writable")


def _is_there(settings: Settings) -> bool:
    file = database_file(settings.database_url)
    return file is None or file.exists()


def _future_file(file: Path) -> Finding:
    folder = _existing(file.absolute().parent)
    if not folder.is_dir() or not _writable(folder):
        return Finding("fail", "Database", f"{file} can't be made: {folder} is not writable", "Change DATABASE_URL.")
    return Finding("ok", "Database", f"{file} will be made at the first start")


def _existing(folder: Path) -> Path:
    return next((here for here in (folder, *folder.parents) if here.exists()), folder)


def _writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK)


def disk(settings: Settings) -> Finding:
    """Where the database lies, or here when it is on another machine."""
    url = sa.engine.make_url(settings.database_url)
    local = url.get_backend_name() == "sqlite" and url.database
    folder = _existing(Path(url.database).absolute().parent if local else Path.cwd())
    return free_space(folder, shutil.disk_usage(folder).free)


def free_space(folder: Path, free: int) -> Finding:
    words = f"{free // MEBI} MB free in {folder}"
    if free < NO_DISK:
        return Finding("fail", "Disk", words, f"Free at least {LITTLE_DISK // MEBI} MB: a full disk stops the bot.")
    if free < LITTLE_DISK:
        return Finding("warn", "Disk", words, f"Free at least {LITTLE_DISK // MEBI} MB.")
    return Finding("ok", "Disk", words)


def time_zones(settings: Settings) -> Finding:
    try:
        ZoneInfo("Europe/Berlin")
    except Exception:
        return Finding("fail", "Time zones", "the time zone data are missing", "Run 'make env' (it installs tzdata).")
    return Finding("ok", "Time zones", f"customers are told times in {settings.timezone}")


def surveys(settings: Settings) -> Iterator[Finding]:
    """One finding per broken file, or one for all of them."""
    files = sorted(settings.surveys.glob("*.yml"))
    if not files:
        mend = "Set CONDUCTOR_SURVEYS, or start in the project's folder."
        yield Finding("warn", "Surveys", f"there is none in {settings.surveys}", mend)
        return
    broken = 0
    for file in files:
        words = _mistakes(file)
        if words:
            broken += 1
            yield Finding("fail", "Surveys", words, f"Correct it; 'conductor survey check {file}' says more.")
    if not broken:
        yield Finding("ok", "Surveys", f"{len(files)} in {settings.surveys}, all sound")


def _mistakes(file: Path) -> str:
    def beside(key: str) -> str:
        other = file.with_name(f"{key}.yml")
        if not other.is_file():
            raise KeyError(key)
        return other.read_text(encoding="utf-8")

    try:
        survey = load_survey(file.read_text(encoding="utf-8"), filename=str(file), resolve=beside)
    except SurveyError as error:
        return str(error)
    except (OSError, UnicodeDecodeError) as error:
        return f"{file} can't be read: {error}"
    return "\n".join(map(str, misnamed(survey, file)))


def model(project: Project) -> Finding:
    missing = [path.name for path in (project.config, project.domain, project.data) if not path.exists()]
    if missing:
        return Finding("fail", "Model", f"{', '.join(missing)} is missing", "Start conductor in the project's folder.")
    path = project.models / f"conductor-{fingerprint(project)}.tar.gz"
    if path.is_file():
        return Finding("ok", "Model", f"{path.name}, up to date")
    words = "out of date" if any(project.models.glob("conductor-*.tar.gz")) else "not trained yet"
    return Finding(
        "warn", "Model", words, "Run 'conductor train'; 'conductor serve' does it too (once, about a minute)."
    )
