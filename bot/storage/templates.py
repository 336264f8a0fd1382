"""Templates in the database: every process sees what `conductor whatsapp templates` has written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.state import Template
from bot.outreach.templates import Kept
from bot.storage.engine import Database
from bot.storage.tables import templates
from channels.twilio_whatsapp.template import APPROVED


async def best_template(connection: AsyncConnection, survey: str, language: str) -> Template | None:
    """The newest approved one: while new words wait for approval, the old ones go on. Else the newest of all."""
    here = sa.and_(templates.c.survey_key == survey, templates.c.language == language)
    approved_first = sa.case((templates.c.status == APPROVED, 0), else_=1)
    query = sa.select(templates).where(here).order_by(approved_first, templates.c.id.desc()).limit(1)
    row = (await connection.execute(query)).mappings().first()
    return _template(row) if row else None


class SqlTemplates:
    """Implements `bot.outreach.templates.Templates`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> Sequence[Kept]:
        """By survey and language, the newest first."""
        query = sa.select(templates).order_by(templates.c.survey_key, templates.c.language, templates.c.id.desc())
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [
            Kept(row["survey_key"], row["language"], _template(row), row["category"], row["checked_at"]) for row in rows
        ]

    async def approved(self, survey: str) -> frozenset[str]:
        """Languages in which the survey has an approved template."""
        here = sa.and_(templates.c.survey_key == survey, templates.c.status == APPROVED)
        async with self._database.read() as connection:
            return frozenset((await connection.execute(sa.select(templates.c.language).where(here))).scalars())

    async def save(self, kept: Kept) -> None:
        """Add the template, or note where it stands now. Which words it has never changes."""
        one = kept.template
        standing: Mapping[str, Any] = {
            "content_sid": one.content_sid,
            "status": one.status,
            "reason": one.reason,
            "category": kept.category,
            "checked_at": kept.checked_at,
        }
        async with self._database.write() as connection:
            mine = templates.c.name == one.name
            changed = await connection.execute(sa.update(templates).where(mine).values(**standing))
            if not changed.rowcount:
                await connection.execute(
                    sa.insert(templates).values(
                        survey_key=kept.survey_key,
                        language=kept.language,
                        name=one.name,
                        body=one.body,
                        pipes=json.dumps(list(one.pipes), ensure_ascii=False),
                        asks=one.asks,
                        pushed_at=kept.checked_at,
                        **standing,
                    )
                )


def _template(row: sa.engine.RowMapping) -> Template:
    return Template(
        content_sid=row["content_sid"],
        name=row["name"],
        body=row["body"],
        pipes=tuple(json.loads(row["pipes"])),
        asks=row["asks"],
        status=row["status"],
        reason=row["reason"],
    )
