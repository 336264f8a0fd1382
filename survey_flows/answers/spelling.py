"""Typing errors: optimal string alignment distance (Damerau-Levenshtein with adjacent swaps), guarded for short
words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

LONGEST = 40
"""Characters; longer texts are not a mistyped option."""


def allowed(length: int) -> int:
    """Errors forgiven in a word of this length: none below 4, one below 8, else two."""
    return 0 if length < 4 else 1 if length < 8 else 2


def distance(a: str, b: str, most: int) -> int:
    """Edits from one word to the other: insert, delete, replace, swap of neighbours; `most` + 1 when there are more."""
    if abs(len(a) - len(b)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row2 = row, [i] + [0] * len(b)
        for j, y in enumerate(b, 1):
            row2[j] = min(last[j] + 1, row2[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                row2[j] = min(row2[j], before[j - 2] + 1)
        before, row = last, row2
        if min(row) > most:
            return most + 1
    return row[-1]


def near(text: str, names: Mapping[str, str]) -> frozenset[str]:
    """The values of the names nearest to a text, if near enough. The first letter must be right in words under 6
    letters."""
    if not 4 <= len(text) <= LONGEST:
        return frozenset()
    best: dict[str, int] = {}
    for name, key in names.items():
        most = min(allowed(len(name)), allowed(len(text)) or 1)
        if len(name) < 4 or (len(text) < 6 and name[0] != text[0]):
            continue
        errors = distance(text, name, most)
        if errors <= most:
            best[key] = min(errors, best.get(key, errors))
    least = min(best.values(), default=0)
    return frozenset(k for k, errors in best.items() if errors == least)


SHORTEST_MENDED = 6
"""Letters. Shorter words are one letter away from too many others: "stop" and "shop"."""


class Mender:
    """Words with one typing error → the word that was meant, found by their letters with one left out.

    `wanted`: the words that a text may be mended to. `known`: words that are right as they are.
    """

    def __init__(self, wanted: Iterable[str], known: Iterable[str]) -> None:
        self._known = frozenset(known)
        self._by_shape: dict[str, set[str]] = {}
        for word in wanted:
            if len(word) >= SHORTEST_MENDED and word.isalpha():
                for shape in _shapes(word):
                    self._by_shape.setdefault(shape, set()).add(word)

    def mend(self, word: str) -> str:
        """The one word that is a letter away and begins alike; of several forms of one word the first. The same word
        when there is none, or when several words are as near."""
        if len(word) < SHORTEST_MENDED - 1 or len(word) > LONGEST or word in self._known:
            return word
        close = {w for shape in _shapes(word) for w in self._by_shape.get(shape, ()) if w[0] == word[0]}
        meant = {w for w in close if distance(word, w, 1) == 1}
        alike = len({w[: len(word) - 2] for w in meant}) == 1
        return min(meant) if meant and (len(meant) == 1 or alike) else word


def _shapes(word: str) -> Iterator[str]:
    yield word
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]
