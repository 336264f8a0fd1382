"""Several labels for one text, or none: each label has its own classifier, and a cut-off from which on it is given.

Cut-offs come from cross-validation: the lowest probability at which labels given to texts that the classifier had not
seen are right often enough. A label that never gets there is not given at all: better none than a wrong one.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from bot.learning.features import Vectoriser
from bot.learning.matrix import matrix

PRECISION = 0.8
"""Share of a label's givings that must be right among texts that were not seen."""
SUPPORT = 5
"""Labels given in cross-validation on which a cut-off may rest; with fewer the label is not learnt."""
KNOWN_NOTHING = 0.15
"""By how much a probability must exceed that of a text of which nothing is known."""
FOLDS = 5
COST = 10.0
"""Inverse strength of the penalty."""
NEVER = 2.0
"""The cut-off of a label that is not learnt: no probability reaches it."""
LOWEST = 0.25
"""No cut-off lies below. The classifiers are trained on few texts: of a dozen themes, 0.3 for one and 0.05 for each
other is clear enough, if cross-validation says so."""


@dataclass(frozen=True)
class Example:
    """A text and all of its labels (none: it is about none of them). `weight`: what a person said counts more than
    a guess. `public`: nobody's own words, so each of its n-grams may stay in the model."""

    text: str
    labels: frozenset[str]
    language: str = ""
    weight: float = 1.0
    public: bool = False


@dataclass(frozen=True)
class Learnt:
    """How well a label is known, by cross-validation. `n` examples have it; at the cut-off it was given `given` times,
    `right` of them rightly."""

    n: int
    cutoff: float
    given: int
    right: int

    @property
    def is_learnt(self) -> bool:
        return self.cutoff < NEVER

    @property
    def precision(self) -> float | None:
        return self.right / self.given if self.given else None

    @property
    def recall(self) -> float | None:
        return self.right / self.n if self.n and self.given else None


@dataclass(frozen=True)
class Coverage:
    """Of one language's `n` examples: how many got a label, and how many of all given labels were right."""

    n: int
    labelled: int
    given: int
    right: int


@dataclass(frozen=True)
class LabelModel:
    """`weights` is features x labels."""

    vectoriser: Vectoriser
    labels: tuple[str, ...]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    learnt: dict[str, Learnt]
    languages: dict[str, Coverage]

    def probabilities(self, text: str) -> NDArray[np.float64]:
        """Of each label, on its own."""
        columns, values = self.vectoriser.vector(text)
        return sigmoid(values @ self.weights[columns] + self.bias)

    def give(self, text: str) -> list[tuple[str, float]]:
        """The labels that are sure enough, with confidences, the surest first. None where no word is known.
        Confidence 0.5 is the label's cut-off, 1 is certainty."""
        if not len(self.vectoriser.vector(text)[0]):
            return []
        given = []
        for label, probability in zip(self.labels, self.probabilities(text), strict=True):
            cutoff = self.learnt[label].cutoff
            if probability >= cutoff:
                given.append((label, float(np.interp(probability, [cutoff, 1], [0.5, 1]))))
        return sorted(given, key=lambda pair: -pair[1])

    def dumps(self) -> bytes:
        """As bytes (npz): nothing in them can run code when they are read."""
        described = {
            "grams": list(self.vectoriser.columns),
            "rare": self.vectoriser.rare,
            "labels": self.labels,
            "learnt": {label: asdict(facts) for label, facts in self.learnt.items()},
            "languages": {code: asdict(facts) for code, facts in self.languages.items()},
        }
        words = np.frombuffer(json.dumps(described, ensure_ascii=False).encode(), dtype=np.uint8)
        target = io.BytesIO()
        np.savez_compressed(target, described=words, idf=self.vectoriser.idf, weights=self.weights, bias=self.bias)
        return target.getvalue()

    @classmethod
    def loads(cls, data: bytes) -> LabelModel:
        """What `dumps` made."""
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            described = json.loads(arrays["described"].tobytes())
            columns = {gram: column for column, gram in enumerate(described["grams"])}
            return cls(
                Vectoriser(columns, arrays["idf"], described["rare"]),
                tuple(described["labels"]),
                arrays["weights"],
                arrays["bias"],
                {label: Learnt(**facts) for label, facts in described["learnt"].items()},
                {code: Coverage(**facts) for code, facts in described["languages"].items()},
            )


def sigmoid(margins: NDArray[np.float32]) -> NDArray[np.float64]:
    """1 / (1 + exp(−m))."""
    return np.asarray(1 / (1 + np.exp(-np.asarray(margins, dtype=np.float64))))


def train(examples: Sequence[Example], labels: Sequence[str]) -> LabelModel:
    """A model for `labels`. An n-gram that is in one customer's text only (a name, a number) does not stay in it.
    Raises ValueError without examples."""
    if not examples:
        raise ValueError("There are no examples to learn from.")
    texts = [example.text for example in examples]
    vectoriser = Vectoriser.learn(texts)
    vectoriser, rows = _shared(vectoriser, matrix(vectoriser, texts), [example.public for example in examples])
    weights, bias = np.zeros((rows.shape[1], len(labels)), np.float32), np.full(len(labels), -8.0, np.float32)
    seen, held = np.zeros((len(examples), len(labels))), np.array([example.weight for example in examples])
    for place, label in enumerate(labels):
        truth = np.array([label in example.labels for example in examples])
        if min(truth.sum(), (~truth).sum()) < 2:
            continue
        weights[:, place], bias[place] = _fit(rows, truth, held)
        seen[:, place] = _held_out(rows, truth, held)
    floors = np.maximum(LOWEST, sigmoid(bias) + KNOWN_NOTHING)
    learnt = {label: _learnt(examples, label, seen[:, i], float(floors[i])) for i, label in enumerate(labels)}
    return LabelModel(vectoriser, tuple(labels), weights, bias, learnt, _coverage(examples, labels, seen, learnt))


def _shared(vectoriser: Vectoriser, rows: csr_matrix, public: Sequence[bool]) -> tuple[Vectoriser, csr_matrix]:
    times = np.repeat([2 if is_public else 1 for is_public in public], np.diff(rows.indptr))
    kept = np.flatnonzero(np.bincount(rows.indices, weights=times, minlength=rows.shape[1]) >= 2)
    grams = list(vectoriser.columns)
    columns = {grams[old]: new for new, old in enumerate(kept)}
    return Vectoriser(columns, vectoriser.idf[kept], vectoriser.rare), rows[:, kept]


def _fit(rows: csr_matrix, truth: NDArray[np.bool_], held: NDArray[np.float64]) -> tuple[NDArray[np.float32], float]:
    from sklearn.linear_model import LogisticRegression

    machine = LogisticRegression(C=COST, solver="liblinear", class_weight="balanced", random_state=0)
    fitted = machine.fit(rows, truth, sample_weight=held)
    return fitted.coef_[0].astype(np.float32), float(fitted.intercept_[0])


def _held_out(rows: csr_matrix, truth: NDArray[np.bool_], held: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each example's probability by a classifier that was trained without it; folds are even within yes and no."""
    order = np.zeros(len(truth), dtype=int)
    for side in (truth, ~truth):
        order[side] = np.arange(side.sum()) % FOLDS
    found = np.zeros(len(truth))
    for fold in range(FOLDS):
        test = order == fold
        if not test.any() or len(set(truth[~test])) < 2:
            continue
        weights, bias = _fit(rows[~test], truth[~test], held[~test])
        found[test] = sigmoid(rows[test] @ weights + bias)
    return found


def _learnt(examples: Sequence[Example], label: str, seen: NDArray[np.float64], floor: float) -> Learnt:
    """The lowest cut-off above which `PRECISION` holds; one wrong is added, for the cut-off is chosen by looking."""
    counted = [(p, label in example.labels) for p, example in zip(seen, examples, strict=True)]
    n = sum(right for _, right in counted)
    best, right = Learnt(n, NEVER, 0, 0), 0
    ranked = sorted(counted, key=lambda pair: -pair[0])
    for given, (probability, is_right) in enumerate(ranked, start=1):
        right += is_right
        below = ranked[given][0] if given < len(ranked) else 0.0
        if probability < floor:
            break
        if below < probability and given >= SUPPORT and right / (given + 1) >= PRECISION:
            cutoff = max(floor, (probability + below) / 2)  # half way to the first that is left out
            best = Learnt(n, float(cutoff), given, right)
    return best


def _coverage(
    examples: Sequence[Example], labels: Sequence[str], seen: NDArray[np.float64], learnt: dict[str, Learnt]
) -> dict[str, Coverage]:
    cuts = np.array([learnt[label].cutoff for label in labels])
    found: dict[str, Coverage] = {}
    for language in sorted({example.language for example in examples}):
        places = [i for i, example in enumerate(examples) if example.language == language]
        given = [[labels[j] for j in np.flatnonzero(seen[i] >= cuts)] for i in places]
        right = sum(label in examples[i].labels for i, names in zip(places, given, strict=True) for label in names)
        found[language] = Coverage(len(places), sum(map(bool, given)), sum(map(len, given)), right)
    return found
