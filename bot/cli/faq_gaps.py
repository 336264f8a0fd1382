"""What `conductor faq gaps` shows: questions that nobody answered, grouped by likeness."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cli.opened import opened
from bot.faq.masking import masked
from bot.storage.faq_events import FaqQueries
from bot.storage.report_queries import Period

NEWEST = 2000
LIKE = 0.35
"""Cosine of n-gram vectors from which on two questions are put into one group."""


async def questions() -> list[tuple[str, str]]:
    """The newest unanswered questions, masked: (language, text)."""
    async with opened(reading=True) as house:
        gaps = await FaqQueries(house.database).gaps(Period(), NEWEST)
    return [(gap.language, masked(gap.text, gap.name)) for gap in gaps]


def groups(asked: Sequence[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Each question joins the first group of its language whose first question it is like; the largest come first."""
    from bot.learning.features import Vectoriser
    from bot.learning.matrix import matrix

    if not asked:
        return []
    texts = [text for _, text in asked]
    vectors = matrix(Vectoriser.learn(texts), texts)
    alike = (vectors @ vectors.T).toarray() / 2  # two blocks of length 1
    found: dict[int, list[int]] = {}
    for place, (language, _) in enumerate(asked):
        near = [first for first in found if asked[first][0] == language and alike[place, first] >= LIKE]
        found.setdefault(max(near, key=lambda first: alike[place, first]) if near else place, []).append(place)
    grouped = [(asked[first][0], [texts[place] for place in places]) for first, places in found.items()]
    return sorted(grouped, key=lambda group: -len(group[1]))
