"""The intent of a text: a linear model over n-grams, and how near the text is to anything it was taught.

Score of an intent = its probability x the highest cosine to a training phrasing. Probability alone is as sure about the
weather as about a refund; with the cosine 82-91 % of out-of-scope questions are refused where 5 % of the others are
(CLINC150, docs/adr/0004). The score is then bent so that 0.5 is the point at which the bot should answer.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from bot.rasa_glue.nlu.features import Floats, Vectoriser

SHARPNESS = 4.0
"""Factor on the SVM's margins before the softmax (measured on BANKING77 and CLINC150)."""
REFUSED = 0.10
"""Share of rightly understood texts that may fall below 0.5. At 0.05 a third more FAQs are answered with the wrong
entry."""
FOLDS = 5
OUT_OF_SCOPE = "out_of_scope"
VOCABULARY, ARRAYS = "vocabulary.json", "weights.npz"


@dataclass(frozen=True)
class IntentModel:
    """A trained model. `weights` is n-grams x intents, so that a text needs only its own n-grams' rows. `phrasings`
    are the vectors of the training texts. `answer_from` is the raw score that means 0.5."""

    vectoriser: Vectoriser
    intents: tuple[str, ...]
    weights: Floats
    bias: Floats
    phrasings: csr_matrix
    answer_from: float

    def rank(self, text: str) -> list[tuple[str, float]]:
        """All intents, best first, with confidence 0-1. 0.5 and more: sure enough to answer. Empty text: all 0."""
        scores = self.scores(text)
        confidences = bent(scores, self.answer_from)
        order = np.argsort(-confidences, kind="stable")
        return [(self.intents[position], float(confidences[position])) for position in order]

    def scores(self, text: str) -> NDArray[np.float64]:
        """Raw scores, in the order of `intents`: probability x highest cosine."""
        columns, values = self.vectoriser.vector(text)
        if not len(columns):
            return np.zeros(len(self.intents))
        margins = values @ self.weights[columns] + self.bias
        powers = np.exp(SHARPNESS * (margins - margins.max()))
        dense = np.zeros(self.weights.shape[0], dtype=np.float32)
        dense[columns] = values
        nearest = float(self.phrasings.dot(dense).max()) / 2  # two blocks of length 1
        return np.asarray(powers / powers.sum() * min(nearest, 1.0), dtype=np.float64)

    def save(self, folder: Path) -> None:
        """Write the model as JSON and npz: nothing in it can run code when it is loaded."""
        grams = list(self.vectoriser.columns)
        described = {"grams": grams, "intents": self.intents, "rare": self.vectoriser.rare, "from": self.answer_from}
        (folder / VOCABULARY).write_text(json.dumps(described, ensure_ascii=False), encoding="utf-8")
        np.savez(
            folder / ARRAYS,
            idf=self.vectoriser.idf,
            weights=self.weights,
            bias=self.bias,
            data=self.phrasings.data,
            indices=self.phrasings.indices,
            indptr=self.phrasings.indptr,
        )

    @classmethod
    def load(cls, folder: Path) -> IntentModel:
        """Read what `save` wrote. Raises FileNotFoundError."""
        described = json.loads((folder / VOCABULARY).read_text(encoding="utf-8"))
        columns = {gram: column for column, gram in enumerate(described["grams"])}
        with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
            shape = (len(arrays["indptr"]) - 1, len(columns))
            phrasings = csr_matrix((arrays["data"], arrays["indices"], arrays["indptr"]), shape=shape)
            vectoriser = Vectoriser(columns, arrays["idf"], described["rare"])
            intents = tuple(described["intents"])
            return cls(vectoriser, intents, arrays["weights"], arrays["bias"], phrasings, described["from"])


def bent(scores: NDArray[np.float64], answer_from: float) -> NDArray[np.float64]:
    """Two straight lines through (0, 0), (answer_from, 0.5), (1, 1): the order stays, and 0.5 gets its meaning."""
    below = 0.5 * scores / answer_from
    above = 0.5 + 0.5 * (scores - answer_from) / (1 - answer_from)
    return np.where(scores < answer_from, below, above)


def train(texts: Sequence[str], intents: Sequence[str]) -> IntentModel:
    """Train on phrasings and their full intents ("faq/refund"). Raises ValueError for fewer than two intents."""
    if len(set(intents)) < 2:
        raise ValueError("The intent classifier needs phrasings of at least two intents (dialogues/nlu).")
    return fit(texts, intents, answer_from=calibrated(texts, intents))


def fit(texts: Sequence[str], intents: Sequence[str], answer_from: float = 0.5) -> IntentModel:
    """Weights for these phrasings."""
    from sklearn.svm import LinearSVC  # training only: serving needs no scikit-learn

    vectoriser = Vectoriser.learn(texts)
    phrasings = matrix(vectoriser, texts)
    machine = LinearSVC(C=1.0, random_state=0).fit(phrasings, intents)
    weights, bias = machine.coef_.T, machine.intercept_
    if len(machine.classes_) == 2:  # scikit-learn keeps one margin for two classes
        weights, bias = np.hstack([-weights, weights]), np.array([-bias[0], bias[0]])
    return IntentModel(
        vectoriser,
        tuple(str(intent) for intent in machine.classes_),
        np.ascontiguousarray(weights, dtype=np.float32),
        bias.astype(np.float32),
        phrasings,
        answer_from,
    )


def matrix(vectoriser: Vectoriser, texts: Sequence[str]) -> csr_matrix:
    """The texts' vectors, one a row."""
    vectors = [vectoriser.vector(text) for text in texts]
    indptr = np.cumsum([0] + [len(columns) for columns, _ in vectors])
    indices = np.concatenate([columns for columns, _ in vectors])
    data = np.concatenate([values for _, values in vectors])
    return csr_matrix((data, indices, indptr), shape=(len(texts), len(vectoriser.columns)))


def folds(intents: Sequence[str]) -> list[int]:
    """A fold for each phrasing, evenly within each intent, always the same ones."""
    met: Counter[str] = Counter()
    chosen = []
    for intent in intents:
        chosen.append(met[intent] % FOLDS)
        met[intent] += 1
    return chosen


def held_out(texts: Sequence[str], intents: Sequence[str]) -> list[tuple[str, str, float]]:
    """Cross-validation: for each phrasing its intent, the one predicted by a model that never saw it, and the raw
    score."""
    fold_of = folds(intents)
    outcome = []
    for fold in range(max(fold_of) + 1):
        seen = [position for position, other in enumerate(fold_of) if other != fold]
        if len({intents[position] for position in seen}) < 2:
            continue
        model = fit([texts[position] for position in seen], [intents[position] for position in seen])
        for position in (position for position, other in enumerate(fold_of) if other == fold):
            scores = model.scores(texts[position])
            best = int(scores.argmax())
            outcome.append((intents[position], model.intents[best], float(scores[best])))
    return outcome


def calibrated(texts: Sequence[str], intents: Sequence[str]) -> float:
    """The raw score below which `REFUSED` of the rightly understood in-scope phrasings lie, by cross-validation."""
    per_intent: dict[str, int] = defaultdict(int)
    for intent in intents:
        per_intent[intent] += 1
    right = [
        score
        for intent, predicted, score in held_out(texts, intents)
        if intent == predicted and intent != OUT_OF_SCOPE and per_intent[intent] > 1
    ]
    if not right:
        return 0.5
    return float(np.clip(np.quantile(right, REFUSED), 0.02, 0.9))
