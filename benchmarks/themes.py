"""Themes and sentiment of what customers write: how much is labelled, and how much of that is right.

    python -m benchmarks.themes

Themes: taught by the example company's codebook (`themes.yml`) alone, asked texts that it does not hold
(`benchmarks/questions/verbatims.yml`). Sentiment: learnt from the scores of these texts (0-6 negative, 9-10 positive),
each text judged by a model that was taught the other four fifths; the codebook's examples have no score. So few texts
show the beginning, not what hundreds of answers teach.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from benchmarks.parts import machine
from bot.insight.themes.codebook import read
from bot.learning.labels import Example, train
from bot.rasa_glue.training import ROOT

TEXTS = Path(__file__).parent / "questions" / "verbatims.yml"
FOLDS = 5


@dataclass(frozen=True)
class Verbatim:
    """What somebody wrote, what it is about, and their score."""

    text: str
    themes: frozenset[str]
    score: int
    language: str

    @property
    def sentiment(self) -> str:
        """As the reports have it; "" for scores that say nothing."""
        return "negative" if self.score <= 6 else "positive" if self.score >= 9 else ""


def verbatims() -> list[Verbatim]:
    """All of them."""
    by_language = yaml.safe_load(TEXTS.read_text(encoding="utf-8"))
    return [
        Verbatim(text, frozenset(themes), score, language)
        for language, rows in by_language.items()
        for text, themes, score in rows
    ]


def themes(asked: Sequence[Verbatim]) -> str:
    """Labels given and right."""
    codebook = read(ROOT / "themes.yml")
    model = train(codebook.examples(), codebook.keys)
    given = right = wanted = labelled = wrong = 0
    for one in asked:
        found = {label for label, _ in model.give(one.text)}
        given, right, wanted = given + len(found), right + len(found & one.themes), wanted + len(one.themes)
        labelled += bool(found)
        wrong += bool(found - one.themes)
    return (
        f"themes: {len(asked)} texts, {labelled} labelled; {right} of {given} labels right "
        f"({right / max(given, 1):.0%}), {right} of {wanted} themes found ({right / wanted:.0%}), "
        f"{wrong} texts with a wrong one"
    )


def sentiment(asked: Sequence[Verbatim]) -> str:
    """Labels given and right."""
    scored = [one for one in asked if one.sentiment]
    given = right = 0
    for fold in range(FOLDS):
        seen = [one for number, one in enumerate(scored) if number % FOLDS != fold]
        model = train([Example(one.text, frozenset({one.sentiment}), one.language) for one in seen], KINDS)
        for one in scored[fold::FOLDS]:
            found = model.give(one.text)
            given, right = given + bool(found), right + bool(found and found[0][0] == one.sentiment)
    return f"sentiment: {len(scored)} scored texts, {given} labelled, {right} of them right"


KINDS = ("positive", "negative")


def main() -> None:
    """Print both."""
    print(machine.line())
    for language in ("en", "de"):
        mine = [one for one in verbatims() if one.language == language]
        print(f"{language}: {themes(mine)}")
    print(sentiment(verbatims()))


if __name__ == "__main__":
    main()
