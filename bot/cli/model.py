"""`conductor model`: which trained models there are, which one is in use, and back to the one before."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.moments import in_utc

if TYPE_CHECKING:
    from bot.rasa_glue.registry import Registry


@click.group("model")
def command() -> None:
    """The trained models. A running server changes over within a second or two, and drops no message."""


@command.command("list")
def list_() -> None:
    """Show the models, the newest first, and how the one in use came to that."""
    registry = _registry()
    current = registry.current()
    for path in registry.models():
        made = in_utc(datetime.fromtimestamp(path.stat().st_mtime, timezone.utc).isoformat())
        state = "in use" if path.name == current else ""
        click.echo(f"{path.name:40} {made}  {state}")
    if not current:
        click.echo("None is in use yet: 'conductor train' or 'conductor serve' chooses one.")
    for change in registry.history()[-10:]:
        was = f" (was {change.was})" if change.was else ""
        click.echo(f"{in_utc(change.at)}  {change.how:12} {change.model}{was} {change.note}".rstrip())


@command.command("activate")
@click.argument("name")
def activate(name: str) -> None:
    """Use the model NAME from now on, after it was loaded once to see that it works."""
    registry = _registry()
    _use(registry.path(name), "by hand")


@command.command("rollback")
def rollback() -> None:
    """Go back to the model that was in use before."""
    _use(_registry().before(), "rolled back")


def _use(path: Path, how: str) -> None:
    from bot.bootstrap import SystemClock
    from bot.rasa_glue.registry import looks_whole

    registry = _registry()
    if path.name == registry.current():
        click.echo(f"{path.name} is in use already.")
        return
    looks_whole(path)
    _try(path)
    registry.activate(path, SystemClock().now(), how)
    click.echo(f"In use: {path.name}")


def _try(path: Path) -> None:
    """Load the model and let it read a text, here where it disturbs nobody. Raises ConductorError when it can't."""
    import asyncio

    from bot.errors import ConductorError
    from bot.rasa_glue import lean_import

    if lean_import.is_lean():
        lean_import.install()
    from bot.rasa_glue.agent import load_agent
    from bot.running_model import ENDPOINTS

    try:
        asyncio.run(load_agent(path, ENDPOINTS).understand("hello", "en"))
    except ConductorError:
        raise
    except Exception as error:
        raise ConductorError(
            f"'{path.name}' can't be loaded ({type(error).__name__}); the model in use stays.",
            "Train it again: conductor train --force",
        ) from error


def _registry() -> Registry:
    from bot.running_model import registry
    from bot.settings import load_settings

    return registry(load_settings())
