"""How well phrasings are understood by a model that never saw them, as numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bot.rasa_glue.nlu.encoder import SentenceEncoder
from bot.rasa_glue.nlu.intent_model import OUT_OF_SCOPE, Cutoffs
from bot.rasa_glue.nlu.phrasings import Phrasing
from bot.rasa_glue.nlu.teaching import HeldOut, Lesson, chosen, cutoffs


@dataclass(frozen=True)
class Figures:
    """Shares from 0 to 1; None where there is nothing to count. In scope: `accuracy` of the first guess, `among_three`,
    and what would be done: `answered_right`, `answered_wrong`, `offered` ("did you mean"; `offered_right` of those hold
    the right one), `handed_over`. Out of scope: `refused`, and `out_of_scope` how many there are."""

    count: int
    accuracy: float | None
    among_three: float | None
    answered_right: float | None
    answered_wrong: float | None
    offered: float | None
    offered_right: float | None
    handed_over: float | None
    out_of_scope: int
    refused: float | None


@dataclass(frozen=True)
class Evaluation:
    """Figures of all phrasings and of each language; the pairs (meant, understood) that are confused most, with how
    often."""

    encoder: str
    kind: str
    overall: Figures
    languages: dict[str, Figures]
    confusions: tuple[tuple[str, str, int], ...]


def evaluate(phrasings: Sequence[Phrasing], encoder: SentenceEncoder | None = None) -> Evaluation:
    """Cross-validate. Raises ValueError for fewer than two intents."""
    intents = [phrasing.intent for phrasing in phrasings]
    if len(set(intents)) < 2:
        raise ValueError("There are phrasings of fewer than two intents.")
    lesson = Lesson([phrasing.text for phrasing in phrasings], intents, encoder)
    kind, seen = chosen(lesson)
    cuts = cutoffs(seen, Counter(intents))
    languages = sorted({phrasing.language for phrasing in phrasings})
    wrong = Counter((held.intent, held.guesses[0]) for held in seen if not held.right)
    return Evaluation(
        encoder.facts.name if encoder else "",
        kind,
        figures(seen, cuts),
        {
            code: figures([held for held in seen if phrasings[held.position].language == code], cuts)
            for code in languages
        },
        tuple((meant, understood, times) for (meant, understood), times in wrong.most_common(10)),
    )


def decided(held: HeldOut, cuts: Cutoffs) -> str:
    """What would be done: answer, offer, hand_over (`classifier.decision`, on raw scores)."""
    if held.guesses[0] == OUT_OF_SCOPE or held.score < cuts.offer:
        return "hand_over"
    tied = held.second >= cuts.answer and all("/" in guess for guess in held.guesses[:2])
    return "answer" if held.score >= cuts.answer and not tied else "offer"


def figures(seen: Sequence[HeldOut], cuts: Cutoffs) -> Figures:
    """Count."""
    scope = [held for held in seen if held.intent != OUT_OF_SCOPE]
    strange = [held for held in seen if held.intent == OUT_OF_SCOPE]
    done = {id(held): decided(held, cuts) for held in seen}
    offered = [held for held in scope if done[id(held)] == "offer"]
    return Figures(
        count=len(scope),
        accuracy=share(scope, lambda held: held.right),
        among_three=share(scope, lambda held: held.intent in held.guesses),
        answered_right=share(scope, lambda held: done[id(held)] == "answer" and held.right),
        answered_wrong=share(scope, lambda held: done[id(held)] == "answer" and not held.right),
        offered=share(scope, lambda held: done[id(held)] == "offer"),
        offered_right=share(offered, lambda held: held.intent in held.guesses),
        handed_over=share(scope, lambda held: done[id(held)] == "hand_over"),
        out_of_scope=len(strange),
        refused=share(strange, lambda held: done[id(held)] == "hand_over"),
    )


def share(seen: Sequence[HeldOut], holds: Callable[[HeldOut], bool]) -> float | None:
    """Of how many it holds; None for none."""
    return float(np.mean([holds(held) for held in seen])) if seen else None
