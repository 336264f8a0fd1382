"""What the readers share: clauses of a scanned text, and what is left of it as a further thing to understand."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass

from survey_flows.answers.normalise import Token, clean, tokenise
from survey_flows.answers.phrases import UNKNOWN, Item, Table

BREAKS = frozenset('.!?;:\n,()"…')
"""Punctuation at which a clause ends. A dash ends one too, unless it stands between numbers or is a number's sign."""

FEWEST_WORDS = 3
"""A clause shorter than this is colour ("9 for Anna"), unless one of its words tells something ("9, late")."""


@dataclass(frozen=True)
class Utterance:
    """A cleaned text and its tokens."""

    text: str
    tokens: list[Token]

    @classmethod
    def of(cls, text: str) -> Utterance:
        cleaned = clean(text)
        return cls(cleaned, tokenise(cleaned))

    def part(self, first: int, last: int) -> str:
        """The text from one token up to (not including) another."""
        return self.text[self.tokens[first].start : self.tokens[last - 1].end] if last > first else ""

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(t.text for t in self.tokens)


def is_number(item: Item) -> bool:
    return item.tag in ("digits", "number", "article")


def clauses(items: list[Item], breaks: frozenset[str] = BREAKS) -> list[list[Item]]:
    """The items between clause breaks; a dash is a break unless a number stands on both sides or it is a sign."""
    found: list[list[Item]] = [[]]
    for index, item in enumerate(items):
        if item.tag in breaks or (item.tag == "-" and _is_break(items, index)):
            found.append([])
        else:
            found[-1].append(item)
    return [c for c in found if c]


def _is_break(items: list[Item], index: int) -> bool:
    before = index > 0 and is_number(items[index - 1])
    after = index + 1 < len(items) and is_number(items[index + 1])
    begins = index == 0 or items[index - 1].tag in BREAKS
    if after and (before or begins):  # a range, or the sign of "-3" and "- three"
        return False
    return not (after and items[index + 1].tag == "digits") and not (before and index + 1 == len(items))


def remainder(
    said: Utterance, spans: Iterable[tuple[int, int]], connectors: Table, telling: Container[int] = ()
) -> str:
    """What was not part of the answer, without a leading "but"; "" when it is no clause of its own. `telling`: tokens
    that tell something by themselves."""
    texts = list(said.texts)
    merged: list[list[int]] = []
    for first, last in sorted(spans):
        if merged and all(said.tokens[i].kind == "p" for i in range(merged[-1][1], first)):
            merged[-1][1] = last
        else:
            merged.append([first, last])
    kept = [text for first, last in merged if (text := _clause(said, texts, first, last, connectors, telling))]
    return " ".join(kept)


def _clause(
    said: Utterance, texts: list[str], first: int, last: int, connectors: Table, telling: Container[int]
) -> str:
    while first < last:
        found = connectors.match(texts, first)
        if found is None and said.tokens[first].kind != "p":
            break
        first += found[2] if found else 1
    brief = sum(t.kind != "p" for t in said.tokens[first:last]) < FEWEST_WORDS
    if brief and (not any(n in telling for n in range(first, last)) or _asked(said, last)):
        return ""
    end = last
    while end < len(said.tokens) and said.tokens[end].text in ("?", "!", ".", ")"):
        end += 1
    part = said.part(first, end)
    return part if "(" in part else part.rstrip(")")


def _asked(said: Utterance, end: int) -> bool:
    """Whether a question mark ends it: "really?" asks nothing that could be answered."""
    return end < len(said.tokens) and said.tokens[end].text == "?"


def without_beginning(said: Utterance, connectors: Table) -> Utterance:
    """The text without a leading "but"; all of it when it is nothing else."""
    texts, first = list(said.texts), 0
    while first < len(texts) and (found := connectors.match(texts, first)) is not None:
        first += found[2]
    return Utterance.of(said.part(first, len(texts))) if 0 < first < len(texts) else said


def unknown_words(items: Iterable[Item]) -> int:
    return sum(i.tag == UNKNOWN for i in items)
