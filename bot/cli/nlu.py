"""`conductor nlu`: how well customers are understood, and the sentence encoder that helps with it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.errors import ConductorError

if TYPE_CHECKING:
    from bot.rasa_glue.nlu.encoder import SentenceEncoder
    from bot.rasa_glue.nlu.evaluation import Evaluation


@click.group("nlu")
def command() -> None:
    """How well customers are understood, measured on your own phrasings; and encoders, which help."""


@command.command("eval")
@click.option("--encoder", "wish", default="installed", help="A name, a folder, or none; the one in use by default.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def evaluate(wish: str, as_json: bool) -> None:
    """Say how well the phrasings in dialogues/ are understood, by cross-validation: each by a model that never saw it.
    With an encoder: without it, too."""
    encoder = _encoder(wish)
    results = _evaluations(encoder)
    if as_json:
        click.echo(json.dumps([asdict(result) for result in results], indent=2))
        return
    for line in _table(results):
        click.echo(line)


@command.group("encoder")
def encoder_group() -> None:
    """A sentence encoder knows that "where is my money" is about refunds. None is needed."""


@encoder_group.command("list")
def list_() -> None:
    """Show which encoders are installed, and which can be downloaded."""
    from bot.rasa_glue.nlu import encoders
    from bot.rasa_glue.training import ROOT

    folder = encoders.home(ROOT)
    there = {facts.name: facts for facts in encoders.installed(folder)}
    used = encoders.in_use(folder)
    for facts in there.values():
        state = "in use" if facts.name == used else "installed"
        click.echo(f"{facts.name:28} {state:10} {', '.join(facts.languages)}")
    for name, offer in encoders.catalogue().items():
        if name not in there:
            click.echo(f"{name:28} {offer.megabytes:4.0f} MB    {offer.about} ({offer.licence})")


@encoder_group.command("add")
@click.argument("what", metavar="NAME|FOLDER")
@click.option("--from", "address", default="", help="Address of a mirror, instead of the publisher's.")
@click.option("--no-eval", is_flag=True, help="Don't measure what it gains.")
def add(what: str, address: str, no_eval: bool) -> None:
    """Install an encoder and use it: one of the catalogue by NAME, downloaded and checked; or a FOLDER of your own with
    model.onnx and tokenizer.json. Says what it gains on your own phrasings."""
    from bot.rasa_glue.nlu import encoders
    from bot.rasa_glue.training import ROOT

    folder, known = encoders.home(ROOT), encoders.catalogue()
    if what in known:
        facts = encoders.add_offer(known[what], folder, lambda line: click.echo(f"fetching {line}"), address)
    elif Path(what).is_dir():
        facts = encoders.add_folder(Path(what), folder)
    else:
        raise ConductorError(f"'{what}' is no encoder.", f"Name a folder, or one of: {', '.join(known)}.")
    click.echo(f"{facts.name} is in use: {folder / facts.name}")
    if not no_eval:
        for line in _table(_evaluations(encoders.loaded((folder / facts.name).resolve()))):
            click.echo(line)
    click.echo("Now: conductor train, and start the server again.")


@encoder_group.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Delete an encoder. If it was in use, none is from now on."""
    from bot.rasa_glue.nlu import encoders
    from bot.rasa_glue.training import ROOT

    encoders.remove(name, encoders.home(ROOT))
    click.echo(f"{name} is removed. Now: conductor train, and start the server again.")


def _encoder(wish: str) -> SentenceEncoder | None:
    from bot.rasa_glue.nlu import encoders
    from bot.rasa_glue.training import ROOT

    folder = encoders.home(ROOT)
    if (folder / wish).is_dir() and os.sep not in wish:
        return encoders.loaded((folder / wish).resolve())
    return encoders.chosen(wish, Path.cwd() if wish not in ("none", "installed") else ROOT)


def _evaluations(encoder: SentenceEncoder | None) -> list[Evaluation]:
    """Without an encoder, and with it if there is one."""
    from bot.rasa_glue import lean_import

    if lean_import.is_lean():
        lean_import.install()
    from bot.rasa_glue.nlu.evaluation import evaluate as measured
    from bot.rasa_glue.nlu.phrasings import own
    from bot.rasa_glue.training import ROOT, Project

    phrasings = own(Project.at(ROOT))
    click.echo(f"Cross-validating {len(phrasings)} phrasings …", err=True)
    return [measured(phrasings, each) for each in ((None, encoder) if encoder else (None,))]


_ROWS = (
    ("understood at the first guess", "accuracy"),
    ("right one among the first three", "among_three"),
    ("answered rightly", "answered_right"),
    ("answered wrongly", "answered_wrong"),
    ('asked "did you mean"', "offered"),
    ("  and the right one was offered", "offered_right"),
    ("handed over", "handed_over"),
    ("out of scope: refused", "refused"),
)


def _table(results: list[Evaluation]) -> list[str]:
    """The figures side by side, each language's accuracy, and what is confused most (by the last model)."""
    heads = [result.encoder or "no encoder" for result in results]
    lines = ["".join([f"{'':34}", *(f"{head:>22}" for head in heads)])]
    for words, name in _ROWS:
        lines.append("".join([f"{words:34}", *(f"{_percent(getattr(r.overall, name)):>22}" for r in results)]))
    for code in results[0].languages:
        cells = [f"{_percent(result.languages[code].accuracy):>22}" for result in results]
        head = f"  {code or 'unknown'}: first guess, of {results[0].languages[code].count}"
        lines.append("".join([f"{head:34}", *cells]))
    lines.append("Confused most (meant, understood, times):")
    lines += [f"  {meant} → {taken}  {times}" for meant, taken, times in results[-1].confusions]
    return lines


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
