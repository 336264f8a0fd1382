"""Tables of phrases, and the longest-match scan that turns tokens into tagged items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any, NamedTuple

from survey_flows.answers.normalise import Token, words

_CLOSES = {"(": ")", "[": "]"}
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})

UNKNOWN = "unknown"


def expand(pattern: str) -> list[str]:
    """Every phrase of a pattern: `(a|b)` is one of them, `[a|b]` one of them or nothing; groups nest."""
    parts, at = _alternatives(pattern, 0)
    if at < len(pattern):
        raise ValueError(f"the pattern {pattern!r} closes a bracket it never opened, at character {at + 1}.")
    return parts


def _alternatives(pattern: str, at: int) -> tuple[list[str], int]:
    """The phrases of what stands between two brackets, and where it ends."""
    found: list[str] = []
    heads = [""]
    while at < len(pattern) and pattern[at] not in ")]":
        char = pattern[at]
        at += 1
        if char == "|":
            found, heads = found + heads, [""]
        elif char in "([":
            inner, at = _alternatives(pattern, at)
            if at >= len(pattern) or pattern[at] != _CLOSES[char]:
                raise ValueError(f"the pattern {pattern!r} never closes a {char!r}.")
            at += 1
            options = inner if char == "(" else ["", *inner]
            heads = [head + option for head, option in product(heads, options)]
        else:
            heads = [head + char for head in heads]
    return found + heads, at


def spellings(pattern: str) -> Iterator[tuple[str, ...]]:
    """The words of each phrase of a pattern, with "ü" also written "ue"."""
    for phrase in expand(pattern):
        yield words(phrase)
        spelt = phrase.translate(_UMLAUTS)
        if spelt != phrase:
            yield words(spelt)


def is_sign(item: Item) -> bool:
    """Whether an item is punctuation or a symbol that no table knows."""
    return not item.tag[0].isalnum()


class Item(NamedTuple):
    """A run of tokens that means one thing. `first`, `last`: token indices, `last` exclusive."""

    tag: str
    payload: Any
    first: int
    last: int


class Table:
    """Phrases with their tag and payload. The phrase that was added first keeps its meaning, and goes before the
    `base`'s."""

    def __init__(self, base: Table | None = None) -> None:
        self._base = base
        self._phrases: dict[tuple[str, ...], tuple[str, Any]] = {}
        self._longest: dict[str, int] = {}

    def add(self, tag: str, patterns: Iterable[str], payload: Any = None) -> Table:
        for pattern in patterns:
            for phrase in spellings(str(pattern)):
                self.add_words(tag, phrase, payload)
        return self

    def add_words(self, tag: str, phrase: tuple[str, ...], payload: Any = None) -> None:
        if phrase and phrase not in self._phrases:
            self._phrases[phrase] = (tag, payload)
            self._longest[phrase[0]] = max(len(phrase), self._longest.get(phrase[0], 0))

    def get(self, phrase: tuple[str, ...]) -> tuple[str, Any] | None:
        return self._phrases.get(phrase) or (self._base.get(phrase) if self._base else None)

    def words(self) -> set[str]:
        """Every word of every phrase, the base's too."""
        own = {word for phrase in self._phrases for word in phrase}
        return own | self._base.words() if self._base else own

    def _most(self, word: str) -> int:
        """Words in the longest phrase that begins with a word."""
        own = self._longest.get(word, 0)
        return max(own, self._base._most(word)) if self._base else own

    def match(self, texts: list[str], at: int) -> tuple[str, Any, int] | None:
        """The longest phrase that starts at a place: tag, payload, number of words."""
        for length in range(min(self._most(texts[at]), len(texts) - at), 0, -1):
            found = self.get(tuple(texts[at : at + length]))
            if found is not None:
                return (*found, length)
        return None

    def scan(self, tokens: list[Token]) -> list[Item]:
        """Every token in exactly one item. Numbers in digits are "number"; punctuation keeps its sign as the tag."""
        return list(self.items(tokens))

    def items(self, tokens: list[Token]) -> Iterator[Item]:
        """The items of `scan`, each when it is asked for."""
        texts = [t.text for t in tokens]
        at = 0
        while at < len(tokens):
            found = self.match(texts, at)
            if found is not None:
                tag, payload, length = found
                yield Item(tag, payload, at, at + length)
                at += length
                continue
            token = tokens[at]
            tag = {"n": "digits", "w": UNKNOWN}.get(token.kind, token.text)
            yield Item(tag, token.text, at, at + 1)
            at += 1
