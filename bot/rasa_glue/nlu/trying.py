"""What a question would be understood as, by a model trained on the files as they are now, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.rasa_glue.nlu.classifier import decision
from bot.rasa_glue.nlu.encoder import SentenceEncoder
from bot.rasa_glue.nlu.intent_model import ANSWER, OFFER
from bot.rasa_glue.nlu.phrasings import Phrasing
from bot.rasa_glue.nlu.teaching import Lesson, train

CANDIDATES = 5
NEAREST = 3


@dataclass(frozen=True)
class Candidate:
    """An intent with its confidence (0–1), and its phrasings nearest to the question, with their cosines."""

    intent: str
    confidence: float
    nearest: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Tried:
    """`decision`: answer, offer or hand_over, from these confidences on."""

    decision: str
    candidates: tuple[Candidate, ...]
    answer_from: float = ANSWER
    offer_from: float = OFFER


def tried(question: str, phrasings: Sequence[Phrasing], encoder: SentenceEncoder | None = None) -> Tried:
    """Train on `phrasings` and ask. Raises ValueError for fewer than two intents."""
    lesson = Lesson([p.text for p in phrasings], [p.intent for p in phrasings], encoder)
    model = train(lesson)
    ranked = model.rank(question)[:CANDIDATES]
    columns, values = model.vectoriser.vector(question)
    dense = np.zeros(model.linear.weights.shape[0], dtype=np.float32)
    dense[columns] = values
    cosines = model.phrasings[: len(phrasings)].dot(dense) / 2  # two blocks of length 1; intents' names come behind
    found = [Candidate(name, confidence, _nearest(name, phrasings, cosines)) for name, confidence in ranked]
    return Tried(decision([{"name": name, "confidence": confidence} for name, confidence in ranked]), tuple(found))


def _nearest(
    intent: str, phrasings: Sequence[Phrasing], cosines: np.ndarray[tuple[int], np.dtype[np.float32]]
) -> tuple[tuple[str, float], ...]:
    mine = [(p.text, float(cosine)) for p, cosine in zip(phrasings, cosines, strict=True) if p.intent == intent]
    return tuple(sorted(mine, key=lambda pair: -pair[1])[:NEAREST])
