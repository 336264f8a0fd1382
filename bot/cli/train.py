"""`conductor train`: the Rasa model, trained only when something it is made of has changed."""

from __future__ import annotations

import time

import click

from bot.rasa_glue import training


@click.command("train")
@click.option("--force", is_flag=True, help="Train even if nothing has changed.")
def command(force: bool) -> None:
    """Train the Rasa model, unless nothing it depends on has changed.

    The model lies in models/, under the fingerprint of config.yml, dialogues/ and the code it uses.
    """
    started = time.perf_counter()
    trained = training.train(training.Project.at(training.ROOT), force)
    seconds = time.perf_counter() - started
    what = "Trained" if trained.is_new else "Up to date:"
    click.echo(f"{what} {trained.path.relative_to(training.ROOT)} ({seconds:.1f} s)")
