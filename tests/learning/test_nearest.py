"""The nearest phrasing by the text's own n-grams is that of the whole product."""

from __future__ import annotations

import numpy as np
import pytest

from bot.learning.features import Vectoriser
from bot.learning.matrix import matrix
from bot.learning.nearest import Phrasings

TAUGHT = ("where is my refund", "my parcel is late", "wo ist meine Rücksendung", "cancel", "cancel my order", "!")


@pytest.mark.parametrize("text", [*TAUGHT, "my refund is late", "xyz", "", "cancel cancel wo"])
def test_the_products_are_those_with_every_phrasing(text: str) -> None:
    vectoriser = Vectoriser.learn(TAUGHT)
    rows = matrix(vectoriser, TAUGHT)
    columns, values = vectoriser.vector(text)
    dense = np.zeros(rows.shape[1], dtype=np.float32)
    dense[columns] = values
    assert Phrasings(rows).products(columns, values).tolist() == pytest.approx(rows.dot(dense).tolist(), abs=1e-6)
