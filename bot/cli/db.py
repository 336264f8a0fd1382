"""`conductor db`: create the database, bring it to this version's schema, say where it stands, and back it up."""

from __future__ import annotations

from pathlib import Path

import click

from bot.errors import ConductorError


@click.group()
def command() -> None:
    """Create, migrate and back up the database (DATABASE_URL). `conductor serve` migrates by itself at every start."""


@command.command()
def migrate() -> None:
    """Create the database or bring it up to date. All or nothing; calling it twice does no harm."""
    from bot.cli.place import may_make
    from bot.settings import load_settings
    from bot.storage.migrate import migrate as apply

    settings = load_settings()
    may_make(settings)
    applied = apply(settings.database_url)
    click.echo(f"Applied: {', '.join(applied)}." if applied else "The database is up to date.")


command.add_command(migrate, "upgrade")  # as Alembic's users call it


@command.command()
def status() -> None:
    """Say at which revision the database is. Exit code 1 when it has to be migrated."""
    from bot.cli.place import must_exist
    from bot.settings import load_settings
    from bot.storage.migrate import status as look

    settings = load_settings()
    must_exist(settings)
    found = look(settings.database_url)
    if found.unknown:
        click.echo(f"Revision {found.current}, made by a newer version of Survey Conductor than this one.")
        if found.fits:
            click.echo("It has only added to it: this version works with it.")
            return
        raise SystemExit(1)
    if found.pending:
        click.echo(f"Revision {found.current or 'none'}; to be applied: {', '.join(found.pending)}.")
        click.echo("Run 'conductor db migrate'.")
        raise SystemExit(1)
    click.echo(f"Revision {found.current}, up to date.")


@command.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy an SQLite database into FILE, whole and checked, while the server goes on. PostgreSQL has pg_dump."""
    from bot.cli.place import database_file, must_exist
    from bot.settings import load_settings
    from bot.storage.backup import copy_database

    settings = load_settings()
    must_exist(settings)
    source = database_file(settings.database_url)
    if source is None:
        raise ConductorError(
            "This database is PostgreSQL's, which has a tool for it.",
            "pg_dump --format=custom NAME: docs/how-to/operate.md, Back up and restore.",
        )
    copy_database(source, file)
    click.echo(
        f"{file}: {file.stat().st_size / 1e6:.1f} MB, whole. It holds customers' words: keep it as you keep them."
    )
