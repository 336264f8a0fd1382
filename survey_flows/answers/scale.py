"""Answers on a scale of whole numbers: nps, ces, csat, rating.

A number counts only where it stands as an answer: before it nothing but small words ("I'd say a solid …") or an
announcement ("… was an"), after it the end of the clause or the start of another ("… because"). So "my order 4711 is
late", "8 days" and "at 8 o'clock" are no answers, whatever their numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from survey_flows.answers.items import Utterance, clauses, is_number, remainder, unknown_words
from survey_flows.answers.phrases import UNKNOWN, Item, Table, is_sign
from survey_flows.reading import NOT_AN_ANSWER, Reading, ambiguous, outside, value

_COMPARISONS = ("at_least", "at_most", "more_than", "less_than")
_SMALL = frozenset(
    (
        "filler",
        "go_on",
        "correct",
        "announce",
        "article",
        "or",
        "between",
        "out_of",
        "points",
        "stars",
        "negate",
        "range",
        "and",
        "heard",
        *_COMPARISONS,
    )
)
_AFTER = frozenset(("points", "stars", "filler", "correct", "announce"))
_MAY_END = frozenset(("remark", "filler"))
TELLING = "telling"
"""The payload of a filler that is a remark where it stands behind the score ("9 gut")."""
_EMPTY = frozenset(("filler", "correct", "article", "points"))
_GOES_ON = frozenset(("digits", "number", "article", "label", "negate", "correct", "or"))
_OTHER_SCALES = (5, 10, 20, 100)
_MOST_SCORE = 100
"""Numbers up to here can be meant as a score, if a wrong one; "4711" is an order."""


@dataclass(frozen=True)
class Scale:
    """`low`, `high`: the ends. `rounds`: 7.5 is 8, instead of a question back. `top_is_best`: "100%" is the high
    end."""

    low: int
    high: int
    rounds: bool = False
    top_is_best: bool = True


@dataclass(frozen=True)
class Expression:
    """Something with a number in it. `values`: what it can mean, best first; () when it lies outside the scale.

    `first`, `last`: item indices within the clause. `said`: the number alone, where it says nothing else.
    """

    values: tuple[int, ...]
    first: int
    last: int
    certain: bool = True
    said: float | None = None


def read_scale(
    said: Utterance, table: Table, connectors: Table, scale: Scale, remarks: frozenset[str] = frozenset()
) -> tuple[Reading, int]:
    """The reading, and how many words of the text this language does not know. `remarks`: words that are a remark by
    themselves ("late")."""
    items = table.scan(said.tokens)
    if scale.low <= 1 and scale.high >= 10 and _ends_in_letter_o(said):
        return ambiguous(1, 10), unknown_words(items)
    found: list[Expression] = []
    left: list[tuple[int, int]] = []
    telling = {n for n, token in enumerate(said.tokens) if token.text in remarks}
    for clause in clauses(items):
        answers, rest = _read_clause(clause, scale)
        if found and not answers:  # behind "2, …": whatever is no courtesy and no unit
            telling |= {item.first for item in clause if item.tag == UNKNOWN}
            if not rest and any(_tells(item) for item in clause):
                rest = [(clause[0].first, clause[-1].last)]
        if answers and found and any(i.tag == "correct" for i in clause[: answers[0].first]):
            found.clear()
        found += answers
        left += rest
    return _decide(found, remainder(said, left, connectors, telling)), unknown_words(items)


def _ends_in_letter_o(said: Utterance) -> bool:
    """ "1o": the letter stands below the 0 on keyboards, so it may be a ten; as a 1 it would turn praise into its
    opposite."""
    pairs = zip(said.tokens, said.tokens[1:], strict=False)
    return any((one.text, o.text) == ("1", "o") and one.end == o.start for one, o in pairs)


def _decide(found: list[Expression], rest: str) -> Reading:
    if not found or any(not e.values for e in found):
        return _outside(found, rest)
    values = tuple(dict.fromkeys(v for e in found for v in e.values))
    if len(values) == 1 and all(e.certain for e in found):
        return value(values[0], rest)
    return ambiguous(*values)


def _outside(found: list[Expression], rest: str) -> Reading:
    """One number that lies outside the scale, and nothing else; a longer one counts or names something else."""
    if len(found) != 1 or found[0].said is None or abs(found[0].said) > _MOST_SCORE:
        return NOT_AN_ANSWER
    return outside(found[0].said, rest)


def _read_clause(clause: list[Item], scale: Scale) -> tuple[list[Expression], list[tuple[int, int]]]:
    """The answers in a clause, and the token spans of what is no part of one."""
    found: list[Expression] = []
    at = start = 0
    while at < len(clause):
        if not (is_number(clause[at]) or clause[at].tag in ("label", "-")):
            at += 1
            continue
        expression = _expression(clause, at, scale)
        if expression is None:
            at += 1
            continue
        before = clause[start : expression.first]
        end = _end_of_answer(clause, expression.last, clause[at].tag == "label")
        if not _may_precede(before) or end is None:
            at = expression.last
            continue
        if any(i.tag == "correct" for i in before):
            found.clear()
        if not any(i.tag == "negate" for i in before):  # "not 10" says only what it is not
            found.append(expression)
        at = start = end
        if end < len(clause) and clause[end].tag not in _GOES_ON:
            return found, [(clause[end].first, clause[-1].last)]
    if start:  # "7 and can I …": the "and" promised another number, and none came
        return found, [(clause[start].first, clause[-1].last)] if start < len(clause) else []
    if found or all(i.tag in _EMPTY or is_sign(i) for i in clause):
        return found, []
    return [], [(clause[0].first, clause[-1].last)]


def _may_precede(items: list[Item]) -> bool:
    if all(i.tag in _SMALL or is_sign(i) for i in items):
        return True
    return bool(items) and (items[-1].tag == "announce")


def _end_of_answer(clause: list[Item], at: int, of_label: bool) -> int | None:
    """Where the answer ends whose number ends at `at`; None when what follows shows that it is no answer ("8 days").

    A label may be followed by one word of any kind ("excellent service").
    """
    start = kept = at
    while at < len(clause):
        item = clause[at]
        corrects = item.tag == "correct" and _number_follows(clause, at + 1)
        if _tells(item) and all(i.tag in _MAY_END or is_sign(i) for i in clause[at:]):
            return at  # "2 late", but not "2 late parcels"
        if (item.tag in _AFTER and not corrects) or (is_sign(item) and item.tag not in ("-", "/", "$", "#", "^")):
            at += 1
            kept = at if item.tag in ("points", "stars") else kept
        elif item.tag in ("go_on", "negate", "correct", "or", "number", "digits", "label", "question"):
            return at
        else:
            colour = item.tag == UNKNOWN and (at > start or (of_label and at + 1 == len(clause)))
            return kept if colour else None
    return at


def _tells(item: Item) -> bool:
    return item.tag == "remark" or item.payload == TELLING


def _number_follows(clause: list[Item], at: int) -> bool:
    return any(is_number(i) or i.tag == "label" for i in clause[at:])


def _expression(clause: list[Item], at: int, scale: Scale) -> Expression | None:
    """The expression that starts at an item: a number, a fraction, a range, a percentage, a comparison, a label."""
    first = clause[at]
    if first.tag == "label":
        return Expression((first.payload,), at, at + 1)
    if first.tag == "-":
        negative = at + 1 < len(clause) and clause[at + 1].first == first.last and is_number(clause[at + 1])
        return _negative(clause, at) if negative else None
    number, end = _number(clause, at)
    if number is None:
        return None
    if first.tag == "article" and (
        end < len(clause) and clause[end].tag not in ("out_of", "points", "stars", "or", "/")
    ):
        return None
    tag = clause[end].tag if end < len(clause) else ""
    if tag == "percent":
        return Expression(_percent(number, scale), at, end + 1, number in (0, 100))
    if tag in ("out_of", "/", "or", "range", "-") and end + 1 < len(clause):
        joined = _joined(clause, at, number, tag, end, scale)
        if joined is not None:
            return joined
    if tag == "stars" and scale.high == 10 and 1 <= number <= 5:
        return Expression(_within(scale, number, number * 2), at, end + 1, False)
    if tag == "-" and end + 1 == len(clause):
        return Expression(_within(scale, math.floor(number) - 1, math.floor(number)), at, end + 1, False)
    if tag == "+":
        return Expression(_within(scale, math.floor(number), math.floor(number) + 1), at, end + 1, False)
    if tag == "than" and end + 1 < len(clause) and any(i.tag == "correct" for i in clause[:at]):
        rejected, last = _number(clause, end + 1)  # "rather 7 than 8"
        return Expression(_whole(number, scale), at, last) if rejected is not None else None
    compared = next((i.tag for i in clause[max(0, at - 1) : at] if i.tag in _COMPARISONS), "")
    if compared:
        return Expression(_compared(compared, number, scale), at, end)
    return Expression(_whole(number, scale), at, end, said=number)


def _negative(clause: list[Item], at: int) -> Expression:
    """A number behind its sign lies below every scale."""
    number, end = _number(clause, at + 1)
    return Expression((), at, end, said=-number if number else None)


def _joined(clause: list[Item], at: int, number: float, tag: str, end: int, scale: Scale) -> Expression | None:
    """ "8 or 9", "3-4", "9/10", "9 out of 10"."""
    after = end + 1
    while (
        after < len(clause)
        and clause[after].tag in ("filler", "article", "correct")
        and _number_follows(clause, after + 1)
    ):
        after += 1
    if after >= len(clause):
        return None
    other, last = _number(clause, after)
    if other is None:
        return None
    if tag in ("out_of", "/") and other == scale.high:
        return Expression(_whole(number, scale), at, last, said=number)
    if tag in ("out_of", "/"):
        return Expression(*_fraction(number, other, tag, scale, at, last))
    if at > 0 and clause[at - 1].tag == "between" and scale.low <= number < other <= scale.high:
        return Expression(_within(scale, *range(math.ceil(number), math.floor(other) + 1)), at, last)
    values = _within(scale, number, other)
    return Expression(values if len(values) == 2 or number == other else (), at, last)


def _fraction(
    number: float, of: float, tag: str, scale: Scale, at: int, last: int
) -> tuple[tuple[int, ...], int, int, bool]:
    if tag == "/" and abs(number - of) == 1:
        shares = [number * scale.high / of] if of in _OTHER_SCALES and number < of else []
        return _within(scale, number, of, *shares), at, last, False
    if of not in _OTHER_SCALES or number > of:
        return (), at, last, True
    if number == of:
        return (scale.high,), at, last, True
    scaled = number * scale.high / of
    both = _within(scale, number, of) if tag == "/" and abs(number - of) < 3 else ()
    return _within(scale, *both, math.floor(scaled), math.ceil(scaled)), at, last, False


def _number(clause: list[Item], at: int) -> tuple[float | None, int]:
    """The number at an item (with "and a half"), and the item after it."""
    item = clause[at]
    number: float | None = None
    if item.tag in ("number", "article"):
        number = item.payload
    elif item.tag == "digits":
        number = decimal(item.payload)
    if number is not None and at + 1 < len(clause) and clause[at + 1].tag == "half" and number == int(number):
        return number + 0.5, at + 2
    return number, at + 1


def decimal(text: str) -> float | None:
    """ "8", "7.5" and "7,5" as a number; None for what is a time, a date or a thousand ("10:30", "1.2.2026",
    "1.000")."""
    if text.isdecimal():
        return int(text) if len(text) <= 15 else math.inf
    whole, _, part = text.replace(",", ".").partition(".")
    if not (whole.isdecimal() and part.isdecimal()) or len(part) > 2 or len(whole) > 15:
        return None
    return float(f"{whole}.{part}")


def _within(scale: Scale, *numbers: float) -> tuple[int, ...]:
    """The whole numbers of these that lie on the scale, each once."""
    fit = (int(n) for n in numbers if n == n and abs(n) != math.inf and n == int(n) and scale.low <= n <= scale.high)
    return tuple(dict.fromkeys(fit))


def _whole(number: float, scale: Scale) -> tuple[int, ...]:
    if number == math.inf or not scale.low <= number <= scale.high:
        return ()
    if number == int(number):
        return (int(number),)
    if scale.rounds:
        return (math.floor(number + 0.5),)
    return (math.floor(number), math.ceil(number))


def _percent(number: float, scale: Scale) -> tuple[int, ...]:
    if not 0 <= number <= 100 or not scale.top_is_best:
        return ()
    if number == 0:
        return (scale.low,)
    share = number * scale.high / 100
    return _within(scale, math.floor(share), math.ceil(share))


def _compared(how: str, number: float, scale: Scale) -> tuple[int, ...]:
    """ "at least 8" → 8, 9, 10."""
    if number == math.inf:
        return ()
    all_of_it = range(scale.low, scale.high + 1)
    tests = {
        "at_least": lambda n: n >= number,
        "at_most": lambda n: n <= number,
        "more_than": lambda n: n > number,
        "less_than": lambda n: n < number,
    }
    return tuple(n for n in all_of_it if tests[how](n)) if scale.low <= number <= scale.high else ()
