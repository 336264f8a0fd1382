"""Linear classifiers over n-grams, kept as dense weights: training needs scikit-learn, using them needs NumPy alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Kind = Literal["machine", "firm", "regression"]
"""machine: a support vector machine, one intent against the others. firm: the same, held tighter to each phrasing, its
probabilities sharper: where one of the intents is "something else", so that being strange is a guess like any other.
regression: softmax regression, intents weighted alike."""

SHARPNESS = 4.0
"""Factor on the machine's margins before the softmax (measured on BANKING77 and CLINC150)."""
FIRM_SHARPNESS, FIRM_COST = 8.0, 1.0
"""The firm machine's (cross-validated on our own 6,330 phrasings, docs/adr/0028)."""
PER_INTENT = 20
"""With more phrasings an intent than that, the machine is held less tightly to each."""
FEW_COST, MANY_COST = 1.0, 0.5
REGRESSION_COST = 20.0
"""Inverse strengths of the penalties, cross-validated on BANKING77."""
SMALLEST = 1e-6
"""Directions of less than this variance are rounding errors."""


@dataclass(frozen=True)
class Linear:
    """`weights` is features x intents, so that a text needs only its own n-grams' rows."""

    weights: Floats
    bias: Floats

    def probabilities(self, columns: NDArray[np.int32], values: Floats) -> Doubles:
        """Of each intent, for a text with these features."""
        return softmax(values @ self.weights[columns] + self.bias)


def softmax(margins: NDArray[Any]) -> Doubles:
    """exp(m) / Σ exp(m)."""
    powers = np.exp(np.asarray(margins, dtype=np.float64) - margins.max())
    return np.asarray(powers / powers.sum())


def fit(kind: Kind, phrasings: csr_matrix, intents: Sequence[str]) -> tuple[Linear, tuple[str, ...]]:
    """A classifier for these phrasings, and its intents, sorted, in the order of its columns."""
    if kind == "regression":
        return _regression(phrasings, intents)
    if kind == "firm":
        return _machine(phrasings, intents, FIRM_COST, FIRM_SHARPNESS)
    few = len(intents) <= PER_INTENT * len(set(intents))
    return _machine(phrasings, intents, FEW_COST if few else MANY_COST, SHARPNESS)


def _machine(
    phrasings: csr_matrix, intents: Sequence[str], cost: float, sharpness: float
) -> tuple[Linear, tuple[str, ...]]:
    from sklearn.svm import LinearSVC

    fitted = LinearSVC(C=cost, random_state=0).fit(phrasings, intents)
    linear = _linear(sharpness * fitted.coef_.T, sharpness * fitted.intercept_)
    return linear, tuple(str(intent) for intent in fitted.classes_)


def _regression(phrasings: csr_matrix, intents: Sequence[str]) -> tuple[Linear, tuple[str, ...]]:
    """Solved in the space that the phrasings span: as many unknowns as phrasings instead of as many as n-grams, and
    exactly the same solution (the penalty is a length, and lengths stay)."""
    from sklearn.linear_model import LogisticRegression

    products = np.asarray((phrasings @ phrasings.T).todense(), dtype=np.float64)
    variances, directions = np.linalg.eigh(products)
    kept = variances > SMALLEST
    axes = directions[:, kept] / np.sqrt(variances[kept])
    machine = LogisticRegression(C=REGRESSION_COST, max_iter=300, class_weight="balanced")
    fitted = machine.fit(products @ axes, intents)
    linear = _linear(phrasings.T @ (axes @ fitted.coef_.T), fitted.intercept_)
    return linear, tuple(str(intent) for intent in fitted.classes_)


def _linear(weights: NDArray[Any], bias: NDArray[Any]) -> Linear:
    """scikit-learn keeps one margin for two classes; here each intent has its own."""
    if weights.shape[1] == 1:
        weights, bias = np.hstack([-weights, weights]) / 2, np.array([-bias[0], bias[0]]) / 2
    return Linear(np.ascontiguousarray(weights, dtype=np.float32), bias.astype(np.float32))
