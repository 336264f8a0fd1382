"""Numbers of the FAQ: deflection, helpfulness, gaps. Pure; docs/reference/metrics.md defines them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.insight.proportions import Share


@dataclass(frozen=True)
class Counted:
    """How often one kind of event happened for one entry ("": none was meant)."""

    entry: str
    kind: str
    count: int


@dataclass(frozen=True)
class Totals:
    """A customer's episodes of a day, and those that ended with an answer and without a person."""

    episodes: int
    deflected: int


@dataclass(frozen=True)
class EntryFigures:
    """One entry, or all of them (`entry` "")."""

    entry: str
    answered: int
    asked: int
    helped: int
    not_helped: int
    handed_over: int

    @property
    def helpfulness(self) -> Share:
        """Of those who said whether it helped, those whom it did."""
        return Share(self.helped, self.helped + self.not_helped)


@dataclass(frozen=True)
class FaqFigures:
    """All of it. `offered`: times "did you mean" was asked; `gaps`: questions that nobody answered."""

    deflection: Share
    overall: EntryFigures
    offered: int
    gaps: int
    entries: tuple[EntryFigures, ...]


def figures(counted: Iterable[Counted], totals: Totals) -> FaqFigures:
    """Add up; entries that were answered most come first."""
    counts: dict[tuple[str, str], int] = {(one.entry, one.kind): one.count for one in counted}
    keys = sorted({entry for entry, _ in counts if entry})
    entries = [_of(key, {kind: n for (entry, kind), n in counts.items() if entry == key}) for key in keys]
    kinds = {kind for _, kind in counts}
    overall = {kind: sum(n for (_, other), n in counts.items() if other == kind) for kind in kinds}
    return FaqFigures(
        Share(totals.deflected, totals.episodes),
        _of("", overall),
        overall.get("offered", 0),
        overall.get("gap", 0),
        tuple(sorted(entries, key=lambda figure: (-figure.answered, figure.entry))),
    )


def _of(entry: str, counts: dict[str, int]) -> EntryFigures:
    names = ("answered", "asked", "helped", "not_helped", "handed_over")
    return EntryFigures(entry, *(counts.get(name, 0) for name in names))
