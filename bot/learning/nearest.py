"""How near a text is to the nearest of many phrasings.

A text has a hundred n-grams of fifty thousand, so only theirs are looked up and added up: a twelfth of the numbers that
the product with all phrasings reads (0.04 ms instead of 0.36 for 7,200 phrasings).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import _sparsetools, csr_matrix  # its routines without a new matrix around each step: that costs more

from bot.learning.features import Floats, Indices


class Phrasings:
    """The n-grams of phrasings, ordered by n-gram: which phrasings have it, and with which weight."""

    def __init__(self, rows: csr_matrix) -> None:
        """`rows`: one phrasing a row, one n-gram a column."""
        by_gram = rows.T.tocsr()
        self._starts: Indices = by_gram.indptr
        self._lengths = np.diff(by_gram.indptr)
        self._phrasings: Indices = by_gram.indices
        self._weights: Floats = by_gram.data
        self._count = int(rows.shape[0])

    def products(self, columns: Indices, values: Floats) -> Floats:
        """The product of a text with each phrasing, in their order. `columns` and `values` are the text's n-grams, as
        `Vectoriser.vector` gives them."""
        ends = np.zeros(len(columns) + 1, dtype=self._starts.dtype)
        np.cumsum(self._lengths[columns], out=ends[1:])
        phrasings: NDArray[np.int32] = np.empty(ends[-1], dtype=self._phrasings.dtype)
        weights = np.empty(ends[-1], dtype=self._weights.dtype)
        where = np.asarray(columns, dtype=self._starts.dtype)
        _sparsetools.csr_row_index(len(where), where, self._starts, self._phrasings, self._weights, phrasings, weights)
        sums = np.zeros(self._count, dtype=self._weights.dtype)
        _sparsetools.csc_matvec(
            self._count, len(where), ends, phrasings, weights, np.asarray(values, dtype=self._weights.dtype), sums
        )
        return sums
