"""Training of the intent model: the weights, and by cross-validation the scores from which the bot should answer or ask
"did you mean"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bot.learning import linear
from bot.learning.features import Floats, Vectoriser
from bot.learning.linear import Kind
from bot.learning.matrix import matrix
from bot.rasa_glue.nlu import kernel
from bot.rasa_glue.nlu.encoder import SentenceEncoder
from bot.rasa_glue.nlu.intent_model import OUT_OF_SCOPE, Cutoffs, Encoded, IntentModel

REFUSED = 0.07
"""Share of rightly understood texts that may fall below the answering score: they are offered as "did you mean". From
0.10 to 0.07 three to five questions more of 100 are answered rightly, and half a question more wrongly; 0.05 answers
more wrongly only (docs/adr/0028)."""
LOST = 0.05
"""Share of texts in scope that may fall below the offering score, and are taken for out of scope."""
NEARNESS = 0.3
"""How much nearness counts where "something else" is taught: 0.3 answers as many rightly as 0, with less of what is
strange (cross-validated, docs/adr/0028)."""
FOLDS = 5
MANY = 9000
"""With more phrasings one fifth is held out, once. Five machines for 7,000 phrasings take six seconds."""
FEW_PER_INTENT = 30
"""With more phrasings an intent the machine is the better model and several times quicker: no other is tried."""
CANDIDATES = 3


@dataclass(frozen=True)
class Lesson:
    """Training phrasings with their full intents ("faq/refund"). `vectors`: the encoder's, one a row.

    `names`: each intent's own name is a phrasing too ("card_arrival": card arrival); worth a point at ten phrasings an
    intent."""

    texts: Sequence[str]
    intents: Sequence[str]
    encoder: SentenceEncoder | None = None
    vectors: Floats | None = None
    names: bool = True

    def part(self, positions: Sequence[int]) -> Lesson:
        """Some of the phrasings."""
        chosen = list(positions)
        vectors = None if self.vectors is None else self.vectors[chosen]
        texts, intents = [self.texts[p] for p in chosen], [self.intents[p] for p in chosen]
        return replace(self, texts=texts, intents=intents, vectors=vectors)

    def encoded(self) -> Lesson:
        """The same, with the encoder's vectors worked out."""
        if self.encoder is None or self.vectors is not None:
            return self
        return replace(self, vectors=self.encoder.vectors(self.texts))

    def named(self) -> Lesson:
        """The same, with the intents' names as phrasings."""
        if not self.names:
            return self
        taught = [intent for intent in sorted(set(self.intents)) if intent != OUT_OF_SCOPE]
        names = [intent.partition("/")[2].replace("_", " ") or intent.replace("_", " ") for intent in taught]
        vectors = self.vectors
        if self.encoder is not None and vectors is not None:
            vectors = np.vstack([vectors, self.encoder.vectors(names)])
        return replace(self, texts=[*self.texts, *names], intents=[*self.intents, *taught], vectors=vectors)


@dataclass(frozen=True)
class HeldOut:
    """What a model said of a phrasing that it never saw. `guesses`: the best, best first; `score`: of the first;
    `second`: of the next."""

    position: int
    intent: str
    guesses: tuple[str, ...]
    score: float
    second: float = 0.0

    @property
    def right(self) -> bool:
        return self.guesses[0] == self.intent


def train(lesson: Lesson) -> IntentModel:
    """Train, kind and cut-offs chosen by cross-validation. Raises ValueError for fewer than two intents."""
    return taught(lesson)[0]


def taught(lesson: Lesson) -> tuple[IntentModel, list[HeldOut]]:
    """Like `train`, with what cross-validation saw."""
    if len(set(lesson.intents)) < 2:
        raise ValueError("The intent classifier needs phrasings of at least two intents (dialogues/nlu).")
    lesson = lesson.encoded()
    kind, seen = chosen(lesson)
    return replace(fit(lesson, kind), cutoffs=cutoffs(seen, Counter(lesson.intents))), seen


def chosen(lesson: Lesson) -> tuple[Kind, list[HeldOut]]:
    """The kind of model that understands more of what it never saw, and what it said. Measured: with ten phrasings for
    each of 77 intents the regression is 3 points better, with 20 to 400 for each of 26 in four languages the machine is
    2 points better."""
    machine: Kind = "firm" if OUT_OF_SCOPE in lesson.intents else "machine"
    kinds: tuple[Kind, ...] = (machine, "regression") if _few(lesson) else (machine,)
    seen = {kind: list(held_out(lesson, kind)) for kind in kinds}
    best = max(kinds, key=lambda kind: sum(held.right for held in seen[kind]))
    return best, seen[best]


def _few(lesson: Lesson) -> bool:
    return len(lesson.texts) <= FEW_PER_INTENT * len(set(lesson.intents))


def fit(lesson: Lesson, kind: Kind) -> IntentModel:
    """The weights for these phrasings, without cut-offs. The regression gains a point when n-grams are weighted by the
    intents that have them, the machine loses one."""
    lesson = lesson.encoded().named()
    vectoriser = Vectoriser.learn(lesson.texts, lesson.intents if kind == "regression" else None)
    phrasings = matrix(vectoriser, lesson.texts)
    weights, intents = linear.fit(kind, phrasings, lesson.intents)
    encoded = None
    if lesson.encoder is not None and lesson.vectors is not None:
        encoded = Encoded(lesson.encoder, kernel.fit(lesson.vectors, lesson.intents), lesson.vectors)
    nearness = NEARNESS if kind == "firm" else 1.0
    return IntentModel(vectoriser, intents, weights, phrasings, encoded=encoded, nearness=nearness)


def folds(intents: Sequence[str], count: int = FOLDS) -> list[int]:
    """A fold for each phrasing, evenly within each intent, always the same ones."""
    met: Counter[str] = Counter()
    chosen = []
    for intent in intents:
        chosen.append(met[intent] % count)
        met[intent] += 1
    return chosen


def held_out(lesson: Lesson, kind: Kind, count: int = FOLDS) -> Iterator[HeldOut]:
    """Cross-validation: each phrasing as a model sees it that was trained without it. Of very many only one fold's."""
    lesson = lesson.encoded()
    fold_of = folds(lesson.intents, count)
    rounds = 1 if len(lesson.texts) > MANY else max(fold_of) + 1
    for fold in range(rounds):
        seen = [position for position, other in enumerate(fold_of) if other != fold]
        if len({lesson.intents[position] for position in seen}) < 2:
            continue
        model = fit(lesson.part(seen), kind)
        for position in (position for position, other in enumerate(fold_of) if other == fold):
            vector = None if lesson.vectors is None else lesson.vectors[position]
            yield judged(model, lesson.texts[position], lesson.intents[position], position, vector)


def judged(model: IntentModel, text: str, intent: str, position: int = 0, vector: Floats | None = None) -> HeldOut:
    """What `model` says of a phrasing."""
    scores = model.scores(text, vector)
    best = np.argsort(-scores, kind="stable")[:CANDIDATES]
    guesses = tuple(model.intents[place] for place in best)
    return HeldOut(position, intent, guesses, float(scores[best[0]]), float(scores[best[1]]))


def cutoffs(seen: Sequence[HeldOut], per_intent: Counter[str]) -> Cutoffs:
    """`answer`: below it lie `REFUSED` of the rightly understood in-scope phrasings. `offer`: below it lie `LOST` of
    all of them. Intents with a single phrasing can't be held out."""
    scope = [held for held in seen if held.intent != OUT_OF_SCOPE and per_intent[held.intent] > 1]
    right = [held.score for held in scope if held.right]
    if not right:
        return Cutoffs()
    answer = float(np.clip(np.quantile(right, REFUSED), 0.02, 0.9))
    offer = float(np.clip(np.quantile([held.score for held in scope], LOST), 0.01, answer * 0.9))
    return Cutoffs(answer, offer)
