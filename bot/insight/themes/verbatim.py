"""What the labelling works on, and what it stores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Kind = Literal["theme", "sentiment"]
KINDS: tuple[Kind, ...] = ("theme", "sentiment")
SENTIMENTS = ("positive", "negative")
UNCLASSIFIED = "unclassified"


@dataclass(frozen=True)
class Verbatim:
    """An answer in the customer's own words, of a response that is over. `band`: of the score in the same response,
    "" without one. `corrected`: what a person said of it, None where nobody did."""

    answer: int
    text: str
    language: str
    band: str = ""
    corrected: frozenset[str] | None = None


@dataclass(frozen=True)
class Given:
    """A label of an answer. `confidence`: 0–1; 1 where a person gave it."""

    answer: int
    label: str
    confidence: float


@dataclass(frozen=True)
class Inputs:
    """What a model of one kind would be trained on now, in figures. `corrections`: a digest. `scored`: verbatims with a
    promoter's or a detractor's score; `last`: the highest id of an answer."""

    corrections: str
    scored: int
    last: int


@dataclass(frozen=True)
class Stored:
    """A trained model. `inputs`: what it was trained on; `facts`: how good it is (docs/reference/metrics.md)."""

    version: str
    at: str
    inputs: Mapping[str, Any]
    facts: Mapping[str, Any]
    weights: bytes


class LabelStore(Protocol):
    """Implemented by `bot.storage.labels`."""

    async def signature(self) -> str:
        """Changes with whatever may be new to label or to learn. Cheap, whatever the number of answers."""

    async def inputs(self, kind: Kind, up_to: int | None = None) -> Inputs:
        """`up_to`: scored verbatims up to this id only."""

    async def taught(self, kind: Kind) -> Sequence[Verbatim]:
        """Verbatims that a person has labelled, and still have their words."""

    async def scored(self, limit: int) -> Sequence[Verbatim]:
        """The newest verbatims of promoters and detractors, at most so many of each."""

    async def model(self, kind: Kind) -> Stored | None:
        """The newest."""

    async def keep(self, kind: Kind, model: Stored) -> None:
        """Store a model; the weights of earlier ones go, their facts stay."""

    async def pending(self, kind: Kind, version: str, limit: int) -> Sequence[Verbatim]:
        """Verbatims that this version has not labelled yet."""

    async def label(self, kind: Kind, version: str, answers: Sequence[int], given: Sequence[Given], day: str) -> None:
        """Replace the labels of these answers, in one transaction."""
