"""`conductor train`: the Rasa model, trained only when something it is made of has changed."""

from __future__ import annotations

import sys
import time

import click

from bot.rasa_glue import training

ACCEPT = 2.0
"""Percentage points that a new model may be worse by; less is chance."""


@click.command("train")
@click.option("--force", is_flag=True, help="Train even if nothing has changed.")
@click.option(
    "--accept",
    type=click.FloatRange(0, 100),
    default=ACCEPT,
    show_default=True,
    metavar="POINTS",
    help="How many percentage points the new model may be worse by; 100 takes any.",
)
@click.option("--no-activate", is_flag=True, help="Only train: the model in use stays.")
def command(force: bool, accept: float, no_activate: bool) -> None:
    """Train the Rasa model, unless nothing it depends on has changed; compare it with the running one, and use it.

    The model lies in models/, under the fingerprint of config.yml, dialogues/ and the code it uses. Changed answers or
    rules leave the classifier as it is; changed phrasings train it. A running server changes over to the new model
    within a second or two, and drops no message. Exit code 1: the new model is clearly worse, and not used.
    """
    from bot.bootstrap import SystemClock
    from bot.cli.model_choice import choose
    from bot.settings import load_settings

    started = time.perf_counter()
    project = training.Project.at(training.ROOT, load_settings().models)
    trained = training.train(project, force)
    seconds = time.perf_counter() - started
    what = "Trained" if trained.is_new else "Up to date:"
    click.echo(f"{what} {training.shown(trained.path)} ({seconds:.1f} s)")
    if no_activate:
        return
    choice = choose(project, trained.path, accept, SystemClock().now(), click.echo)
    if choice.why_not:
        click.echo(f"In use stays {choice.used.name}: {choice.why_not}.")
        click.echo(f"'conductor model activate {trained.path.name}' uses the new one all the same.")
        sys.exit(1 if trained.is_new else 0)
    click.echo(f"In use: {choice.used.name}")
