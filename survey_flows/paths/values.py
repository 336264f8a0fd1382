"""Which values a fact can have, as few as are needed to make every condition true and false wherever it can be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import chain, combinations, pairwise
from typing import Any

from survey_flows.model import Question, Rule, Survey
from survey_flows.questions import Rejected, type_of
from survey_flows.rules import SKIPPED
from survey_flows.rules_syntax import Both, Call, Compare, Listing, Literal, Name, Not
from survey_flows.scope import CHANNELS

LARGEST = 4096
"""Most values that are looked at for one fact. A multi_choice with more than 12 options goes beyond it: then the walk
is not exact."""

ABSENT = None
"""The value of a fact that is not known (engine: not in the mapping)."""

_MANY_WORDS = 6


def words_of(rules: Iterable[Rule]) -> list[Any]:
    """Every number, text and bare word that stands in the rules' sources: where a fact's meaning can change."""
    found: dict[tuple[str, Any], Any] = {}
    for rule in rules:
        for value in _literals(getattr(rule, "tree", None)):
            found.setdefault((type(value).__name__, value), value)
    return list(found.values())


def _literals(tree: object) -> Iterator[Any]:
    if isinstance(tree, Literal):
        yield tree.value
        if isinstance(tree.value, str) is False:
            yield tree.source
    elif isinstance(tree, Name):
        yield tree.text
    elif isinstance(tree, Not):
        yield from _literals(tree.inner)
    elif isinstance(tree, Compare):
        yield from chain(_literals(tree.left), _literals(tree.right))
    elif isinstance(tree, Both | Listing | Call):
        parts = tree.parts if isinstance(tree, Both) else tree.items if isinstance(tree, Listing) else tree.arguments
        yield from chain.from_iterable(map(_literals, parts))


def answers(question: Question, rules: Sequence[Rule]) -> tuple[list[Any], bool]:
    """The answers to `question` that can matter to `rules`, and whether they stand for all answers there are."""
    kind = type_of(question).kind
    if kind == "none":
        return [ABSENT], True
    if kind == "options":
        return _subsets(question)
    if kind == "number" and question.type == "number":
        return _valid(question, _numbers(words_of(rules), question.whole)), True
    if kind in ("text", "date"):
        many = len([w for w in words_of(rules) if isinstance(w, str)]) > _MANY_WORDS
        found = [*type_of(question).examples(question), *_texts(words_of(rules)), *_dates(words_of(rules))]
        return _valid(question, found), not many
    return list(type_of(question).examples(question)), True


def can_be_skipped(question: Question) -> bool:
    """Whether a question can be left without an answer: by wish, by not being understood, or by its time-out."""
    by_timeout = question.timeout is not None and question.timeout.then == "skip"
    return type_of(question).kind != "none" and (
        not question.required or question.on_unreadable == "skip" or by_timeout
    )


def outside(survey: Survey, name: str, rules: Sequence[Rule]) -> tuple[list[Any], bool]:
    """The values of a fact that is no answer: channel, language, split, contact attribute, earlier response."""
    head, _, tail = name.partition(".")
    if name == "channel":
        return list(CHANNELS), True
    if name == "language":
        return list(survey.languages), True
    if head == "split":
        return list(survey.splits[tail].arms), True
    words = words_of(rules)
    exact = len([w for w in words if isinstance(w, str)]) <= _MANY_WORDS
    kind = survey.attributes[tail].type if head == "contact" and tail in survey.attributes else "any"
    by_kind: dict[str, list[Any]] = {
        "bool": [True, False],
        "number": _numbers(words, whole=False),
        "date": _dates(words),
        "text": _texts(words),
    }
    found = by_kind.get(kind)
    if found is None:
        lists = [[w] for w in words if isinstance(w, str)]
        found = [*_numbers(words, whole=False), *_texts(words), True, False, *lists]
    return [ABSENT, *found], exact


def _numbers(words: Sequence[Any], whole: bool) -> list[Any]:
    """Each number that is compared with, one between each two, one below and one above all."""
    marks = sorted({w for w in words if isinstance(w, int | float) and not isinstance(w, bool)} | {0})
    around: set[int | float] = {marks[0] - 1, marks[-1] + 1}
    for mark in marks:
        around |= {mark, mark - 1, mark + 1}
    if not whole:
        around |= {(a + b) / 2 for a, b in pairwise(marks)}
    return sorted(int(n) if n == int(n) else n for n in around if not whole or n == int(n))


def _texts(words: Sequence[Any]) -> list[str]:
    """Each text that is compared with or looked for, alone and together with others, and one that is none of them."""
    texts = [w for w in words if isinstance(w, str) and w]
    if len(texts) <= _MANY_WORDS:
        groups = chain.from_iterable(combinations(texts, n) for n in range(2, len(texts) + 1))
    else:
        groups = chain(combinations(texts, 2), [tuple(texts)])
    return [*texts, *(" ".join(group) for group in groups), "…"]


def _dates(words: Sequence[Any]) -> list[str]:
    found: set[str] = set()
    for word in words:
        try:
            day = date.fromisoformat(word if isinstance(word, str) else "")
        except ValueError:
            continue  # a word that is no date is simply none of the dates compared with
        found |= {(day + timedelta(days=n)).isoformat() for n in (-1, 0, 1)}
    return sorted(found)


def _valid(question: Question, found: Iterable[Any]) -> list[Any]:
    """Those that the question accepts, each once; its ends as well, where it has a range."""
    ends = [n for n in (question.minimum, question.maximum) if n is not None]
    kept: dict[tuple[str, str], Any] = {}
    for value in [*found, *ends, *type_of(question).examples(question)]:
        try:
            accepted = type_of(question).accept(question, value)
        except Rejected:
            continue  # a value that cannot be given cannot steer
        kept.setdefault((type(accepted).__name__, str(accepted)), accepted)
    return list(kept.values())


def _subsets(question: Question) -> tuple[list[Any], bool]:
    free = [option.key for option in question.options if not option.exclusive]
    alone = [[option.key] for option in question.options if option.exclusive]
    least = max(1, question.at_least)
    most = min(len(free), question.at_most or len(free))
    if 2 ** len(free) > LARGEST:
        return [*type_of(question).examples(question)], False
    sets = [list(keys) for size in range(least, most + 1) for keys in combinations(free, size)]
    return [*sets, *alone], True


__all__ = ["ABSENT", "LARGEST", "SKIPPED", "answers", "can_be_skipped", "outside", "words_of"]
