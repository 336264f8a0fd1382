"""Many patterns at once: which of them a run of words is, in one step a word.

A pattern such as `(stop|quit) [all] [of] (these|the) messages` means so many phrases that a table of them all would not
fit; here its words are edges between states, alternatives are taken in parallel, and what a set of states does with a
word is worked out once, when it is first met. There is no backtracking: a text costs its length times the longest
pattern, whatever it says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from survey_flows.answers.phrases import Table, expand, spellings

MOST_STATES = 50_000
"""Sets of states that are kept; then they are worked out again. Patterns of one language need some thousands."""

_OPENS, _CLOSES = {"(": ")", "[": "]"}, ")]"


@dataclass
class _Met:
    """A set of states: what each word leads to, and the first pattern that ends here (None: none)."""

    leads: dict[str, frozenset[int]]
    meaning: int | None
    known: dict[str, _Met] = field(default_factory=dict)


class Automaton(Table):
    """A table of phrases that is never written out. What was added first keeps its meaning."""

    def __init__(self) -> None:
        super().__init__()
        self._edges: list[dict[str, set[int]]] = [{}]
        self._empty: list[set[int]] = [set()]
        self._ends: dict[int, int] = {}
        self._meanings: list[tuple[str, Any]] = []
        self._met: dict[frozenset[int], _Met] = {}
        self._start: _Met | None = None

    def add(self, tag: str, patterns: Iterable[str], payload: Any = None) -> Automaton:
        for pattern in patterns:
            end = self._add(str(pattern), 0)
            self._ends.setdefault(end, len(self._meanings))
            self._meanings.append((tag, payload))
        self._start = None
        self._met.clear()
        return self

    def words(self) -> set[str]:
        return {word for edges in self._edges for word in edges}

    def match(self, texts: list[str], at: int) -> tuple[str, Any, int] | None:
        """The longest run of words from a place that is a phrase: tag, payload, number of words."""
        met = self._start = self._start or self._meet(frozenset((0,)))
        best: tuple[int, int] | None = None
        for length, word in enumerate(texts[at:], 1):
            found = met.known.get(word) or self._follow(met, word)
            if found is None:
                break
            met = found
            if met.meaning is not None:
                best = met.meaning, length
        return (*self._meanings[best[0]], best[1]) if best else None

    def _follow(self, met: _Met, word: str) -> _Met | None:
        states = met.leads.get(word)
        if states is None:
            return None
        met.known[word] = self._meet(states)
        return met.known[word]

    def _meet(self, states: frozenset[int]) -> _Met:
        found = self._met.get(states)
        if found is not None:
            return found
        if len(self._met) >= MOST_STATES:
            self._met.clear()
        reached = self._closure(states)
        leads: dict[str, set[int]] = {}
        for state in reached:
            for word, targets in self._edges[state].items():
                leads.setdefault(word, set()).update(targets)
        meaning = min((self._ends[s] for s in reached if s in self._ends), default=None)
        self._met[states] = _Met({word: frozenset(targets) for word, targets in leads.items()}, meaning)
        return self._met[states]

    def _closure(self, states: Iterable[int]) -> set[int]:
        reached = set(states)
        todo = list(reached)
        while todo:
            for state in self._empty[todo.pop()] - reached:
                reached.add(state)
                todo.append(state)
        return reached

    def _new(self) -> int:
        self._edges.append({})
        self._empty.append(set())
        return len(self._edges) - 1

    def _add(self, pattern: str, state: int) -> int:
        """Adds a pattern's words from a state on; the state where they end."""
        for piece in _pieces(pattern):
            state = self._group(piece, state) if piece[0] in _OPENS and _closes(piece) else self._glued(piece, state)
        end = self._new()
        self._empty[state].add(end)
        return end

    def _group(self, piece: str, state: int) -> int:
        end = self._new()
        for branch in _branches(piece[1:-1]):
            self._empty[self._add(branch, state)].add(end)
        if piece[0] == "[":
            self._empty[state].add(end)
        return end

    def _glued(self, piece: str, state: int) -> int:
        """A piece without a space at its top ("lass[t]"): each of its spellings as a run of words."""
        end = self._new()
        for phrase in set(spellings(piece)):
            at = state
            for word in phrase:
                following = self._new()
                self._edges[at].setdefault(word, set()).add(following)
                at = following
            self._empty[at].add(end)
        return end


def _pieces(pattern: str) -> list[str]:
    """A pattern cut at the spaces outside its brackets. Raises ValueError where a bracket is missing."""
    found, depth = [""], 0
    for char in pattern:
        depth += (char in _OPENS) - (char in _CLOSES)
        if char == " " and depth == 0:
            found.append("")
        else:
            found[-1] += char
    if depth:
        expand(pattern)  # says which bracket is missing
    return [piece for piece in found if piece]


def _closes(piece: str) -> bool:
    """Whether a piece is one group from its first sign to its last."""
    depth = 0
    for index, char in enumerate(piece):
        depth += (char in _OPENS) - (char in _CLOSES)
        if depth == 0:
            return index == len(piece) - 1
    return False


def _branches(inner: str) -> list[str]:
    """What stands between the `|` of a group, outside the groups within."""
    found, depth = [""], 0
    for char in inner:
        depth += (char in _OPENS) - (char in _CLOSES)
        if char == "|" and depth == 0:
            found.append("")
        else:
            found[-1] += char
    return found
