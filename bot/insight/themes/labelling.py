"""Training on what there is, labelling what is new. Called again and again; does nothing when nothing has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.insight.themes.codebook import Codebook
from bot.insight.themes.verbatim import (
    KINDS,
    SENTIMENTS,
    UNCLASSIFIED,
    Given,
    Inputs,
    Kind,
    LabelStore,
    Stored,
    Verbatim,
)
from bot.learning.labels import Example, LabelModel, train

BATCH = 200
"""Verbatims labelled in one transaction: about 0.1 s."""
SCORED = 2000
"""The newest verbatims of promoters, and as many of detractors, teach the sentiment."""
FEWEST_SCORED = 30
"""Of each of the two are needed before anything is learnt."""
GROWTH = 0.2
"""Trained again when so much more has been scored."""
CORRECTED = 3.0
"""Weight of what a person said, against an example of the codebook or a score."""
OF_BAND = {"promoter": "positive", "detractor": "negative"}


@dataclass(frozen=True)
class Done:
    """What an update did."""

    trained: tuple[Kind, ...]
    labelled: int


async def waiting(store: LabelStore, codebook: Codebook) -> bool:
    """Is there anything to train or to label?"""
    for kind in KINDS:
        model = await store.model(kind)
        if model is None or stale(model, codebook, *(await _inputs(store, kind, model))):
            return True
        if await store.pending(kind, model.version, 1):
            return True
    return False


async def update(store: LabelStore, codebook: Codebook, now: str, force: bool = False) -> Done:
    """Train what is out of date, then label whatever the present models have not labelled. May be stopped anywhere and
    called again."""
    trained: list[Kind] = []
    labelled = 0
    for kind in KINDS:
        model = await store.model(kind)
        if force or model is None or stale(model, codebook, *(await _inputs(store, kind, model))):
            model = await retrain(store, kind, codebook, now)
            trained.append(kind)
        labelled += await label(store, kind, model, codebook, now)
    return Done(tuple(trained), labelled)


async def _inputs(store: LabelStore, kind: Kind, model: Stored) -> tuple[Inputs, Inputs]:
    return await store.inputs(kind), await store.inputs(kind, int(model.inputs["last"]))


def stale(model: Stored, codebook: Codebook, now: Inputs, then: Inputs) -> bool:
    """Whether what it was trained on has changed. `then`: what is left of what it was trained on: a customer who had
    their data deleted must not go on teaching."""
    was = model.inputs
    if now.corrections != was["corrections"] or was["codebook"] != codebook.digest:
        return True
    grown = now.scored - int(was["scored"])
    return then.scored < int(was["scored"]) or grown > max(FEWEST_SCORED, GROWTH * int(was["scored"]))


async def retrain(store: LabelStore, kind: Kind, codebook: Codebook, now: str) -> Stored:
    """Train and store."""
    inputs = await store.inputs(kind)
    corrected = list(await store.taught(kind))
    scored = list(await store.scored(SCORED)) if kind == "sentiment" else []
    facts: dict[str, Any] = {"corrections": len(corrected), "codebook": 0, "scored": 0}
    if kind == "theme":
        examples, labels = [*codebook.examples(), *map(_corrected, corrected)], codebook.keys
        facts["codebook"] = len(examples) - len(corrected)
    else:
        examples, labels = sentiment_examples(corrected, scored), SENTIMENTS
        facts["scored"] = len(examples) - len(corrected)
        facts["score_agrees"] = _agreement(corrected)
    weights = b""
    if examples:
        model = train(examples, labels)
        weights = model.dumps()
        facts["labels"] = {label: asdict(learnt) for label, learnt in model.learnt.items()}
        facts["languages"] = {code: asdict(coverage) for code, coverage in model.languages.items()}
    digest = hashlib.sha256(f"{kind} {asdict(inputs)} {codebook.digest}".encode() + weights).hexdigest()[:16]
    stored = Stored(digest, now, {**asdict(inputs), "codebook": codebook.digest}, facts, weights)
    await store.keep(kind, stored)
    return stored


def _corrected(verbatim: Verbatim) -> Example:
    return Example(verbatim.text, verbatim.corrected or frozenset(), verbatim.language, CORRECTED)


def sentiment_examples(corrected: Sequence[Verbatim], scored: Sequence[Verbatim]) -> list[Example]:
    """What a person said, and for the rest the score as a weak label; passives teach nothing. With too few of either
    side, only what people said."""
    by_person = {verbatim.answer for verbatim in corrected}
    weak = [
        Example(verbatim.text, frozenset({OF_BAND[verbatim.band]}), verbatim.language)
        for verbatim in scored
        if verbatim.answer not in by_person and verbatim.band in OF_BAND
    ]
    sides = [sum(label in example.labels for example in weak) for label in SENTIMENTS]
    return [*map(_corrected, corrected), *(weak if min(sides) >= FEWEST_SCORED else [])]


def _agreement(corrected: Sequence[Verbatim]) -> dict[str, int]:
    """How far the score can be trusted as a label: of corrected verbatims with a promoter's or detractor's score, how
    many a person found to be what the score says."""
    both = [verbatim for verbatim in corrected if verbatim.band in OF_BAND]
    return {"n": len(both), "agree": sum(OF_BAND[v.band] in (v.corrected or ()) for v in both)}


async def label(store: LabelStore, kind: Kind, model: Stored, codebook: Codebook, now: str) -> int:
    """Label what this model has not labelled; returns how many verbatims that were. Only the day is stored: a moment
    could lead to the response of somebody who answered without a name."""
    known = LabelModel.loads(model.weights) if model.weights else None
    allowed = set(codebook.keys if kind == "theme" else SENTIMENTS)
    total = 0
    while batch := await store.pending(kind, model.version, BATCH):
        given = [one for verbatim in batch for one in labels_of(verbatim, kind, known, allowed)]
        await store.label(kind, model.version, [verbatim.answer for verbatim in batch], given, now[:10])
        total += len(batch)
    return total


def labels_of(verbatim: Verbatim, kind: Kind, model: LabelModel | None, allowed: set[str]) -> list[Given]:
    """A person's word, else what the model is sure of, else "unclassified". Of sentiments at most one."""
    if verbatim.corrected is not None:
        found = [(name, 1.0) for name in sorted(verbatim.corrected & allowed)]
    else:
        found = model.give(verbatim.text) if model is not None else []
    if kind == "sentiment":
        found = found[:1]
    return [Given(verbatim.answer, name, p) for name, p in found or [(UNCLASSIFIED, 0.0)]]
