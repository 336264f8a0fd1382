"""What a model said of each training phrasing before it had seen it: cross-validation's judgements, kept in the model's
folder. They let two models be compared on phrasings that neither of them knew, without training anything again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.rasa_glue.nlu.teaching import HeldOut

FILE = "held_out.json"


@dataclass(frozen=True)
class Judgement:
    """`guess`: the full intent that the model took the text for, with this raw `score`."""

    guess: str
    score: float


UNJUDGED = Judgement("", 0.0)
"""Of a phrasing that the model was taught, but that was not held out."""

Record = dict[tuple[str, str], Judgement]
"""(text, intent that it was taught as) → what a model that never saw it said."""


def write(folder: Path, texts: Sequence[str], intents: Sequence[str], seen: Sequence[HeldOut]) -> None:
    """Keep the judgements of cross-validation beside the weights. `seen` may be a part of `texts` only; the others are
    kept as `UNJUDGED`: the model was taught them, and is never asked."""
    rows = [(texts[held.position], held.intent, held.guesses[0], round(held.score, 6)) for held in seen]
    judged = {held.position for held in seen}
    rows += [(text, intents[place], "", 0.0) for place, text in enumerate(texts) if place not in judged]
    (folder / FILE).write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


def read(folder: Path) -> Record | None:
    """The judgements; None for a model of a version that kept none."""
    file = folder / FILE
    if not file.is_file():
        return None
    rows = json.loads(file.read_text(encoding="utf-8"))
    return {(text, intent): Judgement(guess, score) for text, intent, guess, score in rows}
