"""What `conductor faq try` shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import smsutil

from bot.faq.check import CHARACTERS_A_SECOND
from bot.faq.entry import HEARD, Book

if TYPE_CHECKING:
    from bot.rasa_glue.nlu.trying import Tried

DECISIONS = {
    "answer": "answer",
    "offer": 'ask "did you mean"',
    "hand_over": "say that it is not understood, offer a person",
}


def ask(question: str, folder: Path) -> Tried:
    """Train on the files as they are, and ask."""
    import warnings

    from bot.rasa_glue import lean_import

    warnings.simplefilter("ignore", DeprecationWarning)  # of Rasa's dependencies: nobody here can mend them

    if lean_import.is_lean():
        lean_import.install()
    from bot.rasa_glue.nlu import encoders
    from bot.rasa_glue.nlu.phrasings import of_faq, of_rasa
    from bot.rasa_glue.nlu.trying import tried
    from bot.rasa_glue.training import ROOT

    phrasings = list(dict.fromkeys([*of_rasa(folder.parent / "nlu"), *of_faq(folder)]))
    click.echo(f"Learning {len(phrasings)} phrasings …", err=True)
    return tried(question, phrasings, encoders.chosen("installed", ROOT))


def shown(tried: Tried, book: Book, language: str, channel: str, today: str) -> Iterator[str]:
    """The decision, the candidates with why, and the answer as `channel` has it."""
    cuts = f'an answer from {tried.answer_from:.2f}, "did you mean" from {tried.offer_from:.2f}'
    yield f"It would {DECISIONS[tried.decision]} ({cuts})."
    for candidate in tried.candidates:
        yield f"  {candidate.confidence:.2f}  {candidate.intent}"
        for text, cosine in candidate.nearest:
            yield f'          {cosine:.2f}  "{text}"'
    if tried.decision == "answer" and tried.candidates[0].intent.startswith("faq/"):
        yield from _answer(tried.candidates[0].intent.partition("/")[2], book, language, channel, today)


def _answer(key: str, book: Book, language: str, channel: str, today: str) -> Iterator[str]:
    entry = book.entry(key, language)
    if entry is None:
        yield f"There is no {key} in {language}: the customer is offered a person."
        return
    if not entry.valid(today):
        days = f"{entry.valid_from or '…'} to {entry.valid_until or '…'}"
        yield f"{key} is not answered today, only {days}: the customer is offered a person."
        return
    said = entry.text(channel)
    size = {"sms": f", {len(smsutil.split(said).parts)} segments", HEARD: f", {_seconds(said)} seconds"}.get(
        channel, ""
    )
    yield f"On {channel}{size}:"
    yield from (f"  {line}" for line in said.splitlines())
    titles = [other.title for other in (book.entry(next_, language) for next_ in entry.follow_up) if other]
    if titles:
        yield f"  follow-ups: {', '.join(titles)}"
    if entry.hand_to:
        yield f"  then it hands over to the team {entry.hand_to}"


def _seconds(text: str) -> int:
    return round(len(text) / CHARACTERS_A_SECOND)
