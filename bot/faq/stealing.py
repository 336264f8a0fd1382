"""Entries that steal from each other: phrasings that a model which never saw them takes for another entry. Pure; the
judging is the classifier's (`bot/rasa_glue/nlu/evaluation.py`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.faq.entry import Book
from bot.faq.problem import Problem

STOLEN = 3
"""So many phrasings of an entry in one language, answered with the same other one, are a warning …"""
STOLEN_SHARE = 0.2
"""… if they are this share of its phrasings, too: an entry with forty may lose three."""
SHOWN = 3


@dataclass(frozen=True)
class Judged:
    """What a model said of a phrasing of `meant` (an entry's key) that it never saw: `taken` (full intent), and whether
    it would have answered with it (else it would have asked, or handed over)."""

    text: str
    language: str
    meant: str
    taken: str
    answered: bool


@dataclass(frozen=True)
class Confusion:
    """`texts` of `meant` that are taken for `taken`, out of `of`."""

    language: str
    meant: str
    taken: str
    texts: tuple[str, ...]
    of: int

    def __str__(self) -> str:
        quoted = ", ".join(f'"{text}"' for text in self.texts[:SHOWN])
        more = ", …" if len(self.texts) > SHOWN else ""
        return f"{self.language}: {self.meant} → {self.taken}, {len(self.texts)} of {self.of}: {quoted}{more}"


def confusions(judged: Iterable[Judged], answered_only: bool = False) -> list[Confusion]:
    """Pairs of entries, those confused most first."""
    texts: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for one in judged:
        counts[one.language, one.meant] += 1
        taken = one.taken.partition("/")[2]
        if taken and taken != one.meant and (one.answered or not answered_only):
            texts[one.language, one.meant, taken].append(one.text)
    found = [Confusion(*pair, tuple(said), counts[pair[:2]]) for pair, said in texts.items()]
    return sorted(found, key=lambda c: (-len(c.texts), c.language, c.meant, c.taken))


def thefts(judged: Iterable[Judged], book: Book) -> list[Problem]:
    """A warning for each entry that another one takes too much from."""
    return [
        _warning(found, book)
        for found in confusions(judged, answered_only=True)
        if len(found.texts) >= STOLEN and len(found.texts) >= STOLEN_SHARE * found.of
    ]


def _warning(found: Confusion, book: Book) -> Problem:
    entry = book.entry(found.meant, found.language)
    quoted = ", ".join(f'"{text}"' for text in found.texts[:SHOWN])
    what = f"{found.taken} takes {len(found.texts)} of its {found.of} phrasings: {quoted}"
    places: Mapping[str, int] = entry.lines if entry else {}
    first = entry.phrasings.index(found.texts[0]) if entry and found.texts[0] in entry.phrasings else 0
    line = places.get(f"phrasings.{first}", 0)
    mend = "Add phrasings that tell the two apart, move these, or make one entry of both."
    return Problem(entry.file if entry else "", what, mend, "warning", line)
