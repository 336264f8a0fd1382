"""The audit of cases: who did what, when, from what to what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import case_events


async def log(connection: AsyncConnection, case: int, at: str, actor: str, kind: str, data: Mapping[str, Any]) -> None:
    """One audit event, inside somebody's transaction."""
    row = sa.insert(case_events).values(
        case_id=case, at=at, actor=actor, kind=kind, data=json.dumps(dict(data), ensure_ascii=False)
    )
    await connection.execute(row)
