"""Choosing several options: lists of names or numbers, "both", "all except parking", "none of them"."""

from __future__ import annotations

import re

from survey_flows.answers.choice import OptionNames, beginning_or_near, guess
from survey_flows.answers.items import Utterance, clauses, is_number, remainder, unknown_words
from survey_flows.answers.phrases import UNKNOWN, Item, Table
from survey_flows.model import Question
from survey_flows.reading import NOT_AN_ANSWER, Reading, ambiguous, value

MOST_UNKNOWN = 2

_SMALL = frozenset(("filler", "go_on", "announce", "article", "and", "or", "between", "correct"))
_LIST_OF_NUMBERS = re.compile(r"(?<=\d)[.,;](?=\d)")


def spaced(text: str) -> str:
    """ "1,3" is a list here, never a decimal."""
    return _LIST_OF_NUMBERS.sub(", ", text[:4000])


def read_multi_choice(
    said: Utterance, names: OptionNames, connectors: Table, question: Question
) -> tuple[Reading, int]:
    """The chosen keys in the order of the options. Too few or too many are ambiguous, with what was named as
    candidates."""
    lettered = _lettered(said, names)
    if lettered:
        return _checked(lettered, {o.key for o in question.options if o.exclusive}, question, ""), 0
    items = names.table.scan(said.tokens)
    unknown = unknown_words(items)
    exclusive = {o.key for o in question.options if o.exclusive}
    chosen: set[str] = set()
    left: list[tuple[int, int]] = []
    denied = anything = False
    for clause in clauses(items):
        found, refused, ends_denied = _clause(clause, names, exclusive, denied)
        if found is None:
            left.append((clause[0].first, clause[-1].last))
            continue
        anything, denied = True, ends_denied
        chosen = (chosen | found) - refused
    if not anything:
        guessed = guess(items, names)
        if not guessed:
            return NOT_AN_ANSWER, unknown
        chosen, unknown = set(guessed), 0
        if len(guessed) > 1 and sum(i.tag == UNKNOWN for i in items) == 1:
            return ambiguous(*guessed), 0
    keys = [k for k in names.keys if k in chosen]
    return _checked(keys, exclusive, question, remainder(said, left, connectors)), unknown


def _lettered(said: Utterance, names: OptionNames) -> list[str]:
    """ "b)", "a and c", "B, D": options by letter, when nothing else was said."""
    found: set[str] = set()
    for token in said.tokens:
        place = ord(token.text) - ord("a") if len(token.text) == 1 else -1
        if token.kind == "w" and 0 <= place < min(len(names.keys), 26):
            found.add(names.keys[place])
        elif token.kind == "n" or (
            token.kind == "w" and (names.table.get((token.text,)) or ("",))[0] not in ("and", "or")
        ):
            return []
    return [key for key in names.keys if key in found]


def _checked(keys: list[str], exclusive: set[str], question: Question, rest: str) -> Reading:
    if len(keys) > 1 and exclusive & set(keys):
        return ambiguous(*keys)
    if not keys and question.at_least:
        return NOT_AN_ANSWER
    alone = len(keys) == 1 and keys[0] in exclusive
    if (len(keys) < question.at_least and not alone) or (question.at_most and len(keys) > question.at_most):
        return ambiguous(*keys)
    return value(keys, rest)


def _clause(
    clause: list[Item], names: OptionNames, exclusive: set[str], denied: bool
) -> tuple[set[str] | None, set[str], bool]:
    """What a clause chooses (None: nothing about the options), what it refuses, and whether it ended in "except …"."""
    if sum(i.tag == UNKNOWN for i in clause) > MOST_UNKNOWN:
        return None, set(), False
    normal = {k for k in names.keys if k not in exclusive}
    chosen: set[str] = set()
    refused: set[str] = set()
    anything = False
    plain = not any(i.tag in (UNKNOWN, "units") for i in clause)  # else a number counts something else
    for index, item in enumerate(clause):
        picked: set[str] | None = None
        if item.tag in ("except", "negate"):
            denied = True
        elif item.tag in ("go_on", "correct") and refused:
            denied = False  # "not parking but speed"
        elif item.tag == "option":
            picked = {item.payload}
        elif item.tag == "all":
            picked = normal
        elif item.tag == "all_but":
            chosen, anything, denied = chosen | normal, True, True
        elif item.tag == "both" and len(normal) == 2:
            picked = normal
        elif item.tag == "none" and not chosen:
            picked, anything = set(exclusive), True
        elif plain and (item.tag in ("ordinal", "last") or is_number(item)):
            picked = _by_place(clause, index, names)
        elif item.tag == UNKNOWN:
            picked = set(beginning_or_near((str(item.payload),), names)) if len(str(item.payload)) > 3 else None
            picked = picked if picked and len(picked) == 1 else None
        if picked is None:
            continue
        anything = True
        if denied:
            refused |= picked
        else:
            chosen |= picked
    return (chosen if anything else None), refused, denied


def _by_place(clause: list[Item], index: int, names: OptionNames) -> set[str] | None:
    """Options by number: "2", "1-3", digits pressed without a gap ("13" of five options)."""
    item = clause[index]
    if item.tag == "last":
        return {names.keys[-1]}
    count = len(names.keys)
    places = [item.payload] if item.tag != "digits" else _digits(str(item.payload), count)
    if item.tag == "article":
        return None
    if index >= 2 and clause[index - 1].tag in ("-", "range") and is_number(clause[index - 2]):
        first = clause[index - 2].payload
        places = list(range(int(first), places[0] + 1)) if str(first).isdecimal() and len(places) == 1 else places
    if not places or not all(1 <= p <= count for p in places):
        return None
    return {names.keys[p - 1] for p in places}


def _digits(text: str, count: int) -> list[int]:
    if not text.isdecimal() or len(text) > 30:
        return []
    number = int(text)
    if number <= count or count > 9 or len(set(text)) < len(text):
        return [number]
    return [int(c) for c in text]
