"""n-grams of a text, counted word by word, are those of the whole text."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.learning.features import Floats, Vectoriser, blocks, normalised

TAUGHT = ("Where is my refund?", "my parcel is late", "Wo ist meine Rücksendung?", "is it late, is it?", "cancel")
TEXTS = (
    *TAUGHT,
    "",
    " ?!",
    "where is MY réfund, my refund, my my refund",
    "a strange word, a strange word and a refund",
    "Straße ① ﬁne 日本語",
)


def plainly(vectoriser: Vectoriser, text: str) -> dict[int, float]:
    """What `Vectoriser.vector` stands for, n-gram by n-gram of the whole text."""
    found: dict[int, float] = {}
    for block in blocks(text):
        weights = {
            gram: (1 + math.log(count))
            * (float(vectoriser.idf[vectoriser.columns[gram]]) if gram in vectoriser.columns else vectoriser.rare)
            for gram, count in block.items()
        }
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        found |= {
            vectoriser.columns[gram]: weight / length for gram, weight in weights.items() if gram in vectoriser.columns
        }
    return found


def as_dict(vector: tuple[np.ndarray, Floats]) -> dict[int, float]:
    columns, weights = vector
    assert len(set(columns.tolist())) == len(columns), "an n-gram has one weight"
    return dict(zip(columns.tolist(), weights.tolist(), strict=True))


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("time", ["first", "again"])  # a word that was taught is remembered
def test_a_vector_is_that_of_all_n_grams(text: str, time: str) -> None:
    vectoriser = Vectoriser.learn(TAUGHT)
    if time == "again":
        vectoriser.vector(text)
    assert as_dict(vectoriser.vector(text)) == pytest.approx(plainly(vectoriser, text), rel=1e-6)


@given(st.lists(st.sampled_from([*" ".join(TEXTS).split(), "zzz", "ref"]), max_size=12))
def test_any_words_give_that_of_all_n_grams(words: list[str]) -> None:
    vectoriser, text = Vectoriser.learn(TAUGHT), " ".join(words)
    assert as_dict(vectoriser.vector(text)) == pytest.approx(plainly(vectoriser, text), rel=1e-6)


def test_only_words_that_were_taught_are_remembered() -> None:
    vectoriser = Vectoriser.learn(TAUGHT)
    vectoriser.vector("where is my refund, asks Mrs Nightingale of Baker Street")
    assert set(vectoriser._taught) == {"where", "is", "my", "refund"}


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_letters_need_no_decomposition(text: str) -> None:
    assert normalised(text) == normalised(text + "\N{COMBINING ACUTE ACCENT}")


def test_counts_of_repeated_n_grams_are_damped() -> None:
    once, twice = (Counter(blocks(text)[1]) for text in ("refund", "refund refund"))
    assert (once["=refund"], twice["=refund"]) == (1, 2)
    vectoriser = Vectoriser.learn(TAUGHT)
    weights = as_dict(vectoriser.vector("refund refund parcel"))
    ratio = weights[vectoriser.columns["=refund"]] / weights[vectoriser.columns["=parcel"]]
    assert ratio == pytest.approx(1 + math.log(2))
