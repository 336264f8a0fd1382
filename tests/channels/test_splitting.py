"""A long text is cut where a reader would pause, and nothing of it is lost."""

from __future__ import annotations

import time

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from channels.splitting import split, utf16_units

FAMILY, FLAG, THUMB, KEYCAP = "👩‍👩‍👧‍👦", "🇩🇪", "👍🏽", "1️⃣"
E_ACUTE = "e\u0301"
PIECES = [FAMILY, FLAG, THUMB, KEYCAP, E_ACUTE, "word", "a", ".", "! ", "? ", " ", "\n", "。", "น้ำ", "क्षि", "ﷺ", "'"]

texts = st.lists(st.sampled_from(PIECES), max_size=60).map("".join) | st.text(max_size=200)
limits = st.integers(1, 60)


def solid(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("", 10, []),
        (" \n ", 10, []),
        ("\u00a0", 10, []),
        ("It fits.", 8, ["It fits."]),
        ("  Blanks around it  ", 16, ["Blanks around it"]),
        ("One two. Three four", 12, ["One two.", "Three four"]),
        ("One two three four", 12, ["One two", "three four"]),
        ("Hi. A long sentence", 12, ["Hi. A long", "sentence"]),  # a sentence's end in the first half is no border
        ('He said "go!" Then left', 16, ['He said "go!"', "Then left"]),
        ("First line\nSecond line", 14, ["First line", "Second line"]),
        ("Kept\n\nas written", 99, ["Kept\n\nas written"]),
        ("Costs 3.50 or so", 9, ["Costs", "3.50 or", "so"]),  # no border inside a number
        ("see https://x.example/a?b=c.d", 12, ["see", "https://x.ex", "ample/a?b=c.", "d"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("素晴らしい。また来ます。", 8, ["素晴らしい。", "また来ます。"]),
        ("Vraiment\u00a0! Oui", 11, ["Vraiment\u00a0!", "Oui"]),
        ("Oui vraiment\u00a0!", 13, ["Oui", "vraiment\u00a0!"]),  # no border before the French exclamation mark
        (FAMILY * 3, 8, [FAMILY] * 3),
        (FLAG * 3, 3, [FLAG] * 3),
        (E_ACUTE * 3, 3, [E_ACUTE] * 3),
        ("เที่ยวน้ำ", 5, ["เที่ย", "วน้ำ"]),  # the vowel before a consonant stays with it
        ("क्षक्ष", 4, ["क्ष", "क्ष"]),  # two consonants that are one sign
    ],
)
def test_where_a_text_is_cut(text: str, limit: int, parts: list[str]) -> None:
    assert split(text, limit) == parts


def test_a_limit_can_count_utf16_units() -> None:
    assert split("👍👍👍", 4, utf16_units) == ["👍👍", "👍"]


def test_a_limit_below_one_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        split("text", 0)


@given(texts, limits)
def test_no_part_is_blank_or_longer_than_the_limit(text: str, limit: int) -> None:
    parts = split(text, limit)

    assert all(len(part) <= limit and part.strip() for part in parts)


@given(st.text(st.characters() | st.sampled_from("👍🏽\ud83d"), max_size=60))
def test_only_what_is_outside_the_basic_plane_counts_twice(text: str) -> None:
    assert utf16_units(text) == len(text) + sum(char > "\uffff" for char in text)


@given(texts)
def test_a_text_that_fits_is_not_taken_apart_and_loses_its_blanks_all_the_same(text: str) -> None:
    assert split(text, 10_000, utf16_units) == split(f"\n{text}\n", 10_000, utf16_units)


@given(texts, limits)
def test_nothing_but_blanks_at_borders_is_lost(text: str, limit: int) -> None:
    parts = split(text, limit)

    assert solid("".join(parts)) == solid(text)
    place = 0
    for part in parts:  # every part stands in the text as it is written, one after the other
        place = text.index(part, place) + len(part)


@given(texts, st.integers(12, 60))
def test_a_cluster_is_never_cut(text: str, limit: int) -> None:
    clusters = [cluster for cluster in regex.findall(r"\X", text) if not cluster.isspace()]
    if all(len(cluster) <= limit for cluster in clusters):
        parts = split(text, limit)

        assert [c for part in parts for c in regex.findall(r"\X", part) if not c.isspace()] == clusters


@given(st.lists(st.text("abcé", min_size=1, max_size=9), max_size=40), st.integers(9, 40))
def test_a_word_that_fits_is_never_cut(words: list[str], limit: int) -> None:
    assert " ".join(split(" ".join(words), limit)).split() == words


@given(texts, limits)
def test_parts_that_fit_are_left_as_they_are(text: str, limit: int) -> None:
    assert [again for part in split(text, limit) for again in split(part, limit)] == split(text, limit)


def test_ten_thousand_characters_take_milliseconds() -> None:
    began = time.process_time()

    split("A word or two. " * 700, 70)

    assert time.process_time() - began < 0.5
