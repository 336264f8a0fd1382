"""Plain numbers with a unit and a range: "about 3 parcels", "1,5", "a dozen", "none".

A bound ("more than 15", "15 or more") is no number, so one is asked for: the reading is ambiguous, and names the bound
alone.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from survey_flows.answers.items import Utterance, clauses, is_number, remainder, unknown_words
from survey_flows.answers.phrases import UNKNOWN, Item, Table
from survey_flows.answers.scale import decimal
from survey_flows.reading import NOT_AN_ANSWER, Reading, ambiguous, outside, value

_SMALL = frozenset(("filler", "go_on", "announce", "article", "correct", "between", "at_least", "at_most"))
_BOUNDS = ("bound", "up_to", "open_ended")
_GROUPED = re.compile(r"\d{1,3}([.,' ]\d{3})+(?!\d)")
Number = int | float
Meanings = tuple[Number, ...]
"""What one number that was said can mean: "1.5" of something whole is 1 or 2."""


@dataclass(frozen=True)
class Bounds:
    """What is asked for. `rounds`: 1.5 of something whole is 2, instead of a question back."""

    minimum: float | None
    maximum: float | None
    whole: bool
    rounds: bool
    comma_groups: bool

    def fits(self, number: float) -> bool:
        if not math.isfinite(number):
            return False
        return (self.minimum is None or number >= self.minimum) and (self.maximum is None or number <= self.maximum)


def read_number(said: Utterance, table: Table, connectors: Table, bounds: Bounds) -> tuple[Reading, int]:
    """The number said, if it is one and lies in the range; several are ambiguous. Also how many words are unknown."""
    items = table.scan(said.tokens)
    found: list[tuple[Meanings, ...]] = []
    bounded: list[tuple[Meanings, ...]] = []
    left: list[tuple[int, int]] = []
    for clause in clauses(items):
        values = _clause(clause, said, bounds)
        if values is None:
            left.append((clause[0].first, clause[-1].last))
            continue
        if any(i.tag == "correct" for i in clause[:1]):
            found.clear()
            bounded.clear()
        if values:
            (bounded if _is_bound(clause) else found).append(values)
    if bounded and not found:
        return _bound(bounded), unknown_words(items)
    numbers = [meanings for values in found for meanings in values]
    fitting = tuple(dict.fromkeys(v for meanings in numbers for v in meanings if bounds.fits(v)))
    unknown = unknown_words(items)
    beyond = [meanings[0] for meanings in numbers if not any(bounds.fits(v) for v in meanings)]
    if not fitting or beyond:  # of "between 15 and 25" not even the 15 is an answer, where 20 is the most
        return _outside(beyond if len(found) == 1 else [], bounds, remainder(said, left, connectors)), unknown
    if len(fitting) == 1:
        return value(fitting[0], remainder(said, left, connectors)), unknown
    return ambiguous(*fitting), unknown


def _is_bound(clause: list[Item]) -> bool:
    """Whether a clause names a bound: "at least 15", "15 or more", "15+"; of "10 up to 15" both are ends of a range."""
    numbers = [at for at, item in enumerate(clause) if is_number(item)]
    if not numbers:
        return False  # "none up to now"
    for at, item in enumerate(clause):
        between = numbers[0] < at < numbers[-1]
        if item.tag in _BOUNDS and not between and (item.tag != "up_to" or at < numbers[0]):
            return True
        if item.tag == "+" and at and is_number(clause[at - 1]) and not between:
            return True
    return False


def _bound(bounded: list[tuple[Meanings, ...]]) -> Reading:
    named = tuple(dict.fromkeys(meanings[0] for values in bounded for meanings in values))
    return ambiguous(*named) if all(map(math.isfinite, named)) else NOT_AN_ANSWER


def _outside(beyond: list[Number], bounds: Bounds, rest: str) -> Reading:
    """What was said and is too low or too high: the first number of these, unless they lie on both sides."""
    high = bounds.maximum is not None and all(n > bounds.maximum for n in beyond)
    low = bounds.minimum is not None and all(n < bounds.minimum for n in beyond)
    told = bool(beyond) and (high or low) and all(map(math.isfinite, beyond))
    return outside(beyond[0], rest) if told else NOT_AN_ANSWER


def _clause(clause: list[Item], said: Utterance, bounds: Bounds) -> tuple[Meanings, ...] | None:
    """The number(s) a clause means; () for "not 3"; None when it is about something else."""
    numbers: list[Meanings] = []
    negated = False
    at = 0
    nouns = 0
    while at < len(clause):
        item = clause[at]
        if is_number(item) and not (item.tag == "article" and _noun_or_number_follows(clause, at)):
            values, at = _values(clause, at, said, bounds)
            if not values:
                return None
            if not negated:
                numbers.append(_whole(values, bounds))
            negated = False
            continue
        if item.tag == "none":
            numbers.append((0,))
        elif item.tag == "negate":
            negated = True
        elif item.tag == "units" or (item.tag == UNKNOWN and numbers and nouns == 0):
            if item.tag == "units" or not numbers:
                return None
            nouns += 1
        elif item.tag == "go_on" and numbers:
            break
        elif item.tag == UNKNOWN or item.tag == "question":
            return None
        at += 1
    if not numbers:
        return () if negated else None
    return tuple(numbers)


def _noun_or_number_follows(clause: list[Item], at: int) -> bool:
    return at + 1 < len(clause) and (is_number(clause[at + 1]) or clause[at + 1].tag == "number")


def _values(clause: list[Item], at: int, said: Utterance, bounds: Bounds) -> tuple[list[float], int]:
    """What the number at an item can mean, and the item after it."""
    item = clause[at]
    if item.tag != "digits":
        number = float(item.payload)
        half = at + 1 < len(clause) and clause[at + 1].tag == "half"
        return [number + 0.5 if half else number], at + 1 + half
    end = at + 1
    text = str(item.payload)
    while end < len(clause) and clause[end].tag == "digits" and re.fullmatch(r"\d{3}", str(clause[end].payload)):
        text, end = text + " " + str(clause[end].payload), end + 1
    values = _grouped(text, bounds) if _GROUPED.fullmatch(text) else [decimal(text)]
    sign = -1 if _is_negative(clause, at, said) else 1
    return [sign * v for v in values if v is not None], end


def _grouped(text: str, bounds: Bounds) -> list[float | None]:
    """ "1.000" and "1,000": a thousand where the language groups so, else possibly one; asked back when both fit."""
    thousand = float(re.sub(r"\D", "", text)) if len(text) < 20 else math.inf
    parts = re.split(r"[.,]", text)
    groups = ("," in text) == bounds.comma_groups or " " in text or "'" in text
    if groups or len(parts) != 2 or bounds.whole:
        return [thousand]
    return [thousand, float(".".join(parts))]


def _is_negative(clause: list[Item], at: int, said: Utterance) -> bool:
    first = clause[at].first
    if first == 0 or said.tokens[first - 1].text != "-" or said.tokens[first - 1].end != said.tokens[first].start:
        return False
    return first == 1 or said.tokens[first - 2].kind != "n"


def _whole(numbers: list[float], bounds: Bounds) -> Meanings:
    found: list[Number] = []
    for number in numbers:
        if not math.isfinite(number):
            found.append(number)
        elif number == int(number):
            found.append(int(number))
        elif not bounds.whole:
            found.append(number)
        elif not bounds.fits(number):
            found.append(number)  # 20.5 is more than 20, and no 20
        elif bounds.rounds:
            found.append(math.floor(number + 0.5))
        else:
            found += [math.floor(number), math.ceil(number)]
    return tuple(dict.fromkeys(found))
