"""The intent of a text: a linear model over n-grams, if there is an encoder another one over its vectors, and the
distance to what was taught.

Score of an intent = its probability x the highest cosine to a training phrasing (to the power `nearness`). Probability
alone is as sure about the weather as about a refund, unless the weather was taught, too: then nearness counts less. The
score is then bent, so that 0.5 is where the bot should answer, and 0.25 where it is
worth asking "did you mean". `teaching.py` trains it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from bot.errors import ConductorError
from bot.learning.features import Floats, Vectoriser
from bot.learning.linear import Doubles, Linear
from bot.learning.nearest import Phrasings
from bot.rasa_glue.nlu import encoder as encoders
from bot.rasa_glue.nlu.encoder import SentenceEncoder
from bot.rasa_glue.nlu.kernel import Kernel

ANSWER, OFFER = 0.5, 0.25
"""Confidences from which on the bot answers, and offers its best guesses."""
BY_WORDS = 0.15
"""Share of the n-grams' probability where there is an encoder's, too (cross-validated on BANKING77)."""
OUT_OF_SCOPE = "out_of_scope"
VOCABULARY, ARRAYS = "vocabulary.json", "weights.npz"


@dataclass(frozen=True)
class Cutoffs:
    """The raw scores that are bent to `ANSWER` and `OFFER`; `offer` is the smaller one."""

    answer: float = 0.5
    offer: float = 0.25

    def bent(self, scores: Doubles) -> Doubles:
        """Straight lines through (0, 0), (offer, 0.25), (answer, 0.5), (1, 1): the order stays, 0.25 and 0.5 get their
        meaning."""
        return np.asarray(np.interp(scores, [0, self.offer, self.answer, 1], [0, OFFER, ANSWER, 1]))


@dataclass(frozen=True)
class Encoded:
    """What the encoder adds: its own classifier, and the vectors of the training phrasings."""

    encoder: SentenceEncoder
    kernel: Kernel
    phrasings: Floats


@dataclass(frozen=True)
class IntentModel:
    """A trained model. `phrasings` are the n-grams of the training texts, one a row; `encoded` is None without an
    encoder. `nearness`, 0 to 1: how much it counts without an encoder that a text is near to a phrasing."""

    vectoriser: Vectoriser
    intents: tuple[str, ...]
    linear: Linear
    phrasings: csr_matrix
    cutoffs: Cutoffs = Cutoffs()
    encoded: Encoded | None = None
    nearness: float = 1.0

    @cached_property
    def _by_gram(self) -> Phrasings:
        return Phrasings(self.phrasings)

    def rank(self, text: str) -> list[tuple[str, float]]:
        """All intents, best first, with confidence 0-1. Empty text: all 0."""
        confidences = self.cutoffs.bent(self.scores(text))
        order = np.argsort(-confidences, kind="stable")
        ranked = confidences.tolist()
        return [(self.intents[position], ranked[position]) for position in order.tolist()]

    def scores(self, text: str, vector: Floats | None = None) -> Doubles:
        """Raw scores, in the order of `intents`: probability x highest cosine. `vector`: the encoder's, if it is known
        already."""
        columns, values = self.vectoriser.vector(text)
        if self.encoded is not None and text.strip():
            return self._hybrid(columns, values, self.encoded.encoder.vector(text) if vector is None else vector)
        if not len(columns):
            return np.zeros(len(self.intents))
        nearest = float(self._by_gram.products(columns, values).max()) / 2  # two blocks of length 1
        return self.linear.probabilities(columns, values) * min(nearest, 1.0) ** self.nearness

    def _hybrid(self, columns: NDArray[np.int32], values: Floats, vector: Floats) -> Doubles:
        """Both probabilities together; the encoder knows better what is near."""
        assert self.encoded is not None
        kernel = self.encoded.kernel
        cosines = self.encoded.phrasings @ vector
        nearby = cosines if kernel.landmarks is self.encoded.phrasings else kernel.landmarks @ vector
        words = self.linear.probabilities(columns, values)
        probabilities = BY_WORDS * words + (1 - BY_WORDS) * kernel.probabilities(nearby)
        nearest = float(cosines.max())
        return np.asarray(probabilities * min(max(nearest, 0.0), 1.0))

    def save(self, folder: Path) -> None:
        """Write the model as JSON and npz: nothing in it can run code when it is loaded. Of the encoder its name and
        checksum only."""
        described: dict[str, Any] = {
            "grams": list(self.vectoriser.columns),
            "intents": self.intents,
            "rare": self.vectoriser.rare,
            "answer": self.cutoffs.answer,
            "offer": self.cutoffs.offer,
            "nearness": self.nearness,
        }
        arrays = {
            "idf": self.vectoriser.idf,
            "weights": self.linear.weights,
            "bias": self.linear.bias,
            "data": self.phrasings.data,
            "indices": self.phrasings.indices,
            "indptr": self.phrasings.indptr,
        }
        if self.encoded is not None:
            name, folder_of = self.encoded.encoder.facts.name, self.encoded.encoder.folder
            described["encoder"] = {"name": name, "sha256": encoders.digest(folder_of)}
            kernel, vectors = self.encoded.kernel, self.encoded.phrasings
            arrays |= {"near": kernel.weights, "shares": kernel.bias, "vectors": vectors}
            if kernel.landmarks is not vectors:
                arrays["landmarks"] = kernel.landmarks
        (folder / VOCABULARY).write_text(json.dumps(described, ensure_ascii=False), encoding="utf-8")
        np.savez(folder / ARRAYS, **arrays)

    @classmethod
    def load(cls, folder: Path, encoder: SentenceEncoder | None = None) -> IntentModel:
        """Read what `save` wrote. Raises FileNotFoundError, and ConductorError when it was trained with another encoder
        than this one."""
        described = json.loads((folder / VOCABULARY).read_text(encoding="utf-8"))
        _same_encoder(described.get("encoder"), encoder)
        columns = {gram: column for column, gram in enumerate(described["grams"])}
        with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
            shape = (len(arrays["indptr"]) - 1, len(columns))
            encoded = None
            if encoder is not None:
                vectors = arrays["vectors"]
                landmarks = arrays.get("landmarks", vectors)
                encoded = Encoded(encoder, Kernel(landmarks, arrays["near"], arrays["shares"]), vectors)
            return cls(
                Vectoriser(columns, arrays["idf"], described["rare"]),
                tuple(described["intents"]),
                Linear(arrays["weights"], arrays["bias"]),
                csr_matrix((arrays["data"], arrays["indices"], arrays["indptr"]), shape=shape),
                Cutoffs(described["answer"], described["offer"]),
                encoded,
                described.get("nearness", 1.0),
            )

    @staticmethod
    def cutoffs_in(folder: Path) -> Cutoffs:
        """The cut-offs alone of what `save` wrote; its encoder need not be there."""
        described = json.loads((folder / VOCABULARY).read_text(encoding="utf-8"))
        return Cutoffs(described["answer"], described["offer"])


def _same_encoder(trained: Mapping[str, str] | None, encoder: SentenceEncoder | None) -> None:
    there = None if encoder is None else encoders.digest(encoder.folder)
    if (trained or {}).get("sha256") == there:
        return
    was = f"the encoder {trained['name']}" if trained else "no encoder"
    now = f"{encoder.facts.name} is in use" if encoder else "none is in use"
    raise ConductorError(
        f"The Rasa model was trained with {was}, but {now}.",
        mend="Run 'conductor train', or put the encoder back with 'conductor nlu encoder add'.",
    )
