"""What `conductor faq gaps` shows: questions that nobody answered, grouped by likeness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.cli.opened import opened
from bot.faq.masking import masked
from bot.storage.faq_events import FaqQueries
from bot.storage.report_queries import Period

NEWEST = 2000
LIKE = 0.2
"""Mean cosine of n-gram vectors from which on a question joins a group: 25 of 33 invented questions find their like,
and none a stranger (tests/faq/test_gaps.py holds most of them)."""
_NOTHING: Mapping[str, Sequence[str]] = {}


async def questions() -> list[tuple[str, str]]:
    """The newest unanswered questions, masked: (language, text)."""
    async with opened(reading=True) as house:
        gaps = await FaqQueries(house.database).gaps(Period(), NEWEST)
    return [(gap.language, masked(gap.text, gap.name)) for gap in gaps]


def answered(folder: Path) -> dict[str, list[str]]:
    """The phrasings of the FAQ's entries, by language. A file that can't be read is passed over here."""
    from bot.faq.read import read_all

    found: dict[str, list[str]] = {}
    for entry in read_all(folder)[0]:
        found.setdefault(entry.language, []).extend(entry.phrasings)
    return found


def groups(
    asked: Sequence[tuple[str, str]], known: Mapping[str, Sequence[str]] = _NOTHING
) -> list[tuple[str, list[str]]]:
    """Questions of one language that are about the same, in whatever words; the largest groups come first. `known`:
    what is answered already, by language; from it we learn which words say little ("do you", "can I")."""
    found: list[tuple[str, list[str]]] = []
    for language in sorted({code for code, _ in asked}):
        texts = [text for code, text in asked if code == language]
        found += [(language, group) for group in _grouped(texts, known.get(language, ()))]
    return sorted(found, key=lambda group: -len(group[1]))


def _grouped(texts: Sequence[str], known: Sequence[str]) -> list[list[str]]:
    """Each text joins the group whose members it is most like on average."""
    import numpy as np

    from bot.learning.features import Vectoriser
    from bot.learning.matrix import matrix

    vectors = matrix(Vectoriser.learn([*texts, *known]), texts)
    alike = (vectors @ vectors.T).toarray() / 2  # two blocks of length 1
    sums = np.zeros_like(alike)  # a row for each group: how like each text is to all its members together
    members: list[list[int]] = []
    for place in range(len(texts)):
        sizes = np.array([len(group) for group in members])
        means = sums[: len(members), place] / sizes if members else np.zeros(0)
        joined = int(means.argmax()) if members and means.max() >= LIKE else len(members)
        if joined == len(members):
            members.append([])
        members[joined].append(place)
        sums[joined] += alike[place]
    return [[texts[place] for place in group] for group in members]
