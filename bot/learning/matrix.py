"""Texts as rows of n-gram weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

from bot.learning.features import Vectoriser


def matrix(vectoriser: Vectoriser, texts: Sequence[str]) -> csr_matrix:
    """The texts' vectors, one a row."""
    vectors = [vectoriser.vector(text) for text in texts]
    indptr = np.cumsum([0] + [len(columns) for columns, _ in vectors])
    indices = np.concatenate([columns for columns, _ in vectors])
    data = np.concatenate([values for _, values in vectors])
    return csr_matrix((data, indices, indptr), shape=(len(texts), len(vectoriser.columns)))
