"""Answers that no condition ahead can tell apart are one class: the walk follows each class once.

For "score.band == detractor" the eleven scores of an NPS question are two classes; once the last condition on the
score lies behind, they are one. This keeps the number of states small, and exact: a class is made by evaluating the
conditions, not by guessing from their text.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from itertools import product
from math import prod
from typing import Any

from survey_flows.model import Rule, Survey
from survey_flows.paths import values

MOST_COMBINATIONS = 20_000
"""A condition over several facts is evaluated for all combinations of the other facts' values, if there are not more
than this."""


class Classes:
    """The facts of one survey, their possible values, and which of these are alike for given conditions."""

    def __init__(self, survey: Survey, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self.reading: dict[str, list[int]] = {}
        for number, rule in enumerate(rules):
            for name in rule.names:
                self.reading.setdefault(name, []).append(number)
        self.domain: dict[str, tuple[Any, ...]] = {}
        self.exact = True
        nodes = {node.id: node for node in survey.nodes}
        self.answers = frozenset(nodes)
        for name in [*nodes, *(n for n in self.reading if n not in nodes)]:
            readers = [rules[n] for n in self.reading.get(name, ())]
            if name in nodes:
                found, exact = values.answers(nodes[name].question, readers)
                if values.can_be_skipped(nodes[name].question):
                    found = [*found, values.SKIPPED]
            else:
                found, exact = values.outside(survey, name, readers)
            self.exact = self.exact and (exact or not readers)
            self.domain[name] = tuple(dict.fromkeys(map(hashable, found)))
        self._signatures: dict[tuple[str, Any, int], Hashable] = {}
        self._representatives: dict[tuple[str, frozenset[int]], Mapping[Any, Any]] = {}

    def alike(self, name: str, ahead: frozenset[int]) -> Mapping[Any, Any]:
        """Each value of `name` → the one that stands for it as long as only the rules `ahead` matter."""
        reading = frozenset(self.reading.get(name, ())) & ahead
        key = (name, reading)
        if key not in self._representatives:
            first: dict[Hashable, Any] = {}
            self._representatives[key] = {
                value: first.setdefault(tuple(self._signature(name, value, n) for n in sorted(reading)), value)
                for value in self.domain[name]
            }
        return self._representatives[key]

    def representatives(self, name: str, ahead: frozenset[int]) -> tuple[Any, ...]:
        """One value of each class."""
        return tuple(dict.fromkeys(self.alike(name, ahead).values()))

    def matters(self, name: str, ahead: frozenset[int]) -> bool:
        return any(number in ahead for number in self.reading.get(name, ()))

    def _signature(self, name: str, value: Any, number: int) -> Hashable:
        """What the rule says of `value` for every combination of the other facts it reads."""
        key = (name, value, number)
        if key not in self._signatures:
            rule = self.rules[number]
            others = [other for other in rule.names if other != name]
            # An answer may also be missing because its question was passed over.
            choices = [tuple(dict.fromkeys((values.ABSENT, *self.domain[other]))) for other in others]
            if prod(map(len, choices)) > MOST_COMBINATIONS:
                self._signatures[key] = ("apart", value)
            else:
                found = (rule(facts([(name, value), *zip(others, combo, strict=True)])) for combo in product(*choices))
                self._signatures[key] = tuple(found)
        return self._signatures[key]


def hashable(value: Any) -> Any:
    """A list as a tuple, which conditions read alike."""
    return tuple(value) if isinstance(value, list) else value


def facts(known: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Facts as conditions read them: what is absent is left out."""
    return {name: value for name, value in known if value is not values.ABSENT}
