"""What `conductor faq check` shows of entries that steal phrasings from each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from bot.faq.stealing import Judged, confusions

MOST_SHOWN = 10


def look(folder: Path) -> list[Judged]:
    """Cross-validate the folder's phrasings beside those of Rasa's files, with the encoder in use."""
    from bot.rasa_glue import lean_import

    if lean_import.is_lean():
        lean_import.install()
    from bot.rasa_glue.nlu import encoders
    from bot.rasa_glue.nlu.faq_confusion import judged
    from bot.rasa_glue.nlu.phrasings import of_faq, of_rasa
    from bot.rasa_glue.training import ROOT

    phrasings = list(dict.fromkeys([*of_rasa(folder.parent / "nlu"), *of_faq(folder)]))
    click.echo(f"Cross-validating {len(phrasings)} phrasings …", err=True)
    return judged(phrasings, encoders.chosen("installed", ROOT))


def table(judged: Sequence[Judged]) -> list[str]:
    """The pairs confused most, and how much is understood."""
    if not judged:
        return []
    right = sum(one.taken.partition("/")[2] == one.meant for one in judged)
    share = 100 * right / len(judged)
    lines = [f"{share:.1f} % of {len(judged)} phrasings are understood by a model that never saw them. Confused most:"]
    return [*lines, *(f"  {found}" for found in confusions(judged)[:MOST_SHOWN])]
