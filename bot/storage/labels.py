"""Themes and sentiment beside the answers. Implements `bot.insight.themes.verbatim.LabelStore`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from bot.errors import ConductorError
from bot.insight.themes.verbatim import Given, Inputs, Kind, Stored, Verbatim
from bot.storage.engine import Database
from bot.storage.tables import answer_labels, answers, contacts, label_corrections, label_models, responses

_RUNNING = ("active", "paused")
_TEXT = sa.and_(
    answers.c.type == "text",
    answers.c.state == "current",
    answers.c.skipped.is_(False),
    answers.c.value.is_not(None),  # the customer may have had it deleted
    responses.c.status.not_in(_RUNNING),
)
RECENT = 10_000
"""Answers among which some may still wait for the words of their recording: a transcript takes minutes."""
_UNWRITTEN = (
    answers.c.id > sa.select(sa.func.max(answers.c.id)).scalar_subquery() - RECENT,
    answers.c.type == "text",
    answers.c.value.is_(None),
)
_scored, _first = answers.alias("scored"), answers.alias("first_scored")
_first_score = (
    sa.select(sa.func.min(_first.c.id))
    .where(_first.c.response_id == answers.c.response_id, _first.c.band != "", _first.c.state == "current")
    .correlate(answers)
    .scalar_subquery()
)
_band = sa.select(_scored.c.band).where(_scored.c.id == _first_score).correlate(answers).scalar_subquery()
_COLUMNS = (answers.c.id, answers.c.value, responses.c.language, _band.label("band"))


def _verbatims(kind: Kind) -> sa.sql.Select:
    mine = sa.and_(label_corrections.c.answer_id == answers.c.id, label_corrections.c.kind == kind)
    joined = answers.join(responses, responses.c.id == answers.c.response_id).outerjoin(label_corrections, mine)
    return sa.select(*_COLUMNS, label_corrections.c.labels).select_from(joined).where(_TEXT)


class SqlLabels:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def signature(self) -> str:
        news = sa.select(
            sa.select(sa.func.max(answers.c.id)).scalar_subquery(),
            sa.select(sa.func.max(contacts.c.id)).scalar_subquery(),  # who has their data deleted leaves a new row
            sa.select(sa.func.count()).where(responses.c.status.in_(_RUNNING)).scalar_subquery(),
            sa.select(sa.func.count()).where(*_UNWRITTEN).scalar_subquery(),  # the words of a recording come later
        )
        told = sa.select(label_corrections.c.answer_id, label_corrections.c.kind, label_corrections.c.labels)
        async with self._database.read() as connection:
            facts = [tuple(row) for row in (await connection.execute(news)).all()]
            facts += [tuple(row) for row in (await connection.execute(told.order_by(label_corrections.c.id))).all()]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()

    async def inputs(self, kind: Kind, up_to: int | None = None) -> Inputs:
        scored = _verbatims(kind).with_only_columns(sa.func.count(), sa.func.max(answers.c.id))
        scored = scored.where(_band.in_(("promoter", "detractor")))
        if up_to is not None:
            scored = scored.where(answers.c.id <= up_to)
        async with self._database.read(patient=True) as connection:
            count, last = (await connection.execute(scored)).one()
            rows = (await connection.execute(_corrected(kind))).mappings().all()
        told = json.dumps([(row["id"], row["labels"]) for row in rows])
        return Inputs(hashlib.sha256(told.encode()).hexdigest()[:16], int(count), int(last or 0))

    async def taught(self, kind: Kind) -> Sequence[Verbatim]:
        return await self._read(_corrected(kind))

    async def scored(self, limit: int) -> Sequence[Verbatim]:
        newest = _verbatims("sentiment").order_by(answers.c.id.desc()).limit(limit)
        found: list[Verbatim] = []
        for band in ("promoter", "detractor"):
            found += await self._read(newest.where(_band == band))
        return found

    async def model(self, kind: Kind) -> Stored | None:
        newest = sa.select(label_models).where(label_models.c.kind == kind).order_by(label_models.c.id.desc()).limit(1)
        async with self._database.read() as connection:
            row = (await connection.execute(newest)).mappings().first()
        if row is None:
            return None
        facts, inputs = json.loads(row["facts"]), json.loads(row["inputs"])
        return Stored(row["version"], row["at"], inputs, facts, row["weights"] or b"")

    async def keep(self, kind: Kind, model: Stored) -> None:
        row = {"version": model.version, "at": model.at, "weights": model.weights}
        told = {"inputs": json.dumps(dict(model.inputs)), "facts": json.dumps(dict(model.facts))}
        async with self._database.write() as connection:
            await connection.execute(sa.update(label_models).where(label_models.c.kind == kind).values(weights=None))
            await connection.execute(sa.insert(label_models).values(kind=kind, **row, **told))

    async def pending(self, kind: Kind, version: str, limit: int) -> Sequence[Verbatim]:
        done = sa.exists().where(
            answer_labels.c.answer_id == answers.c.id,
            answer_labels.c.kind == kind,
            answer_labels.c.version == version,
        )
        return await self._read(_verbatims(kind).where(~done).order_by(answers.c.id).limit(limit))

    async def label(self, kind: Kind, version: str, answers: Sequence[int], given: Sequence[Given], day: str) -> None:
        old = sa.and_(answer_labels.c.answer_id.in_(list(answers)), answer_labels.c.kind == kind)
        shared = {"kind": kind, "version": version, "at": day}
        rows = [{"answer_id": g.answer, "label": g.label, "confidence": g.confidence, **shared} for g in given]
        async with self._database.write() as connection:
            await connection.execute(sa.delete(answer_labels).where(old))
            if rows:
                await connection.execute(sa.insert(answer_labels), rows)

    # What the manager does

    async def correct(self, kind: Kind, labels: Mapping[int, Iterable[str]], day: str) -> None:
        """What a person says of these answers, instead of what was said before. Raises ConductorError when one of them
        is not there, or has no words (any more); nothing is stored then."""
        known = {verbatim.answer for verbatim in await self._read(_verbatims(kind).where(answers.c.id.in_(labels)))}
        missing = sorted(set(labels) - known)
        if missing:
            raise ConductorError(
                f"There is no free-text answer {', '.join(map(str, missing))}.",
                "'conductor themes list' shows the answers with their numbers.",
            )
        rows = [
            {"answer_id": answer, "kind": kind, "labels": json.dumps(sorted(names)), "at": day}
            for answer, names in labels.items()
        ]
        old = sa.and_(label_corrections.c.answer_id.in_(list(labels)), label_corrections.c.kind == kind)
        async with self._database.write() as connection:
            await connection.execute(sa.delete(label_corrections).where(old))
            if rows:
                await connection.execute(sa.insert(label_corrections), rows)

    async def listed(self, kind: Kind, label: str, unsure_first: bool, limit: int) -> list[dict[str, Any]]:
        """Verbatims with their labels and confidence, the newest or the least sure first; `label` "" for all."""
        surest = (
            sa.select(sa.func.max(answer_labels.c.confidence))
            .where(answer_labels.c.answer_id == answers.c.id, answer_labels.c.kind == kind)
            .scalar_subquery()
        )
        query = _verbatims(kind).order_by(*([surest] if unsure_first else []), answers.c.id.desc()).limit(limit)
        if label:
            has = (answer_labels.c.answer_id == answers.c.id, answer_labels.c.kind == kind)
            query = query.where(sa.exists().where(*has, answer_labels.c.label == label))
        found = await self._read(query)
        given = sa.select(answer_labels).where(
            answer_labels.c.kind == kind, answer_labels.c.answer_id.in_([verbatim.answer for verbatim in found])
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(given.order_by(answer_labels.c.confidence.desc()))).mappings().all()
        labels: dict[int, list[tuple[str, float]]] = {}
        for row in rows:
            labels.setdefault(row["answer_id"], []).append((row["label"], row["confidence"]))
        return [{"verbatim": verbatim, "labels": labels.get(verbatim.answer, [])} for verbatim in found]

    async def _read(self, query: sa.sql.Select) -> list[Verbatim]:
        async with self._database.read(patient=True) as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [_verbatim(row) for row in rows]


def _corrected(kind: Kind) -> sa.sql.Select:
    return _verbatims(kind).where(label_corrections.c.labels.is_not(None)).order_by(answers.c.id)


def _verbatim(row: Mapping[str, Any]) -> Verbatim:
    corrected = None if row["labels"] is None else frozenset(json.loads(row["labels"]))
    return Verbatim(row["id"], str(json.loads(row["value"])), row["language"], row["band"] or "", corrected)
