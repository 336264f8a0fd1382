"""How many responses count for each quota of a survey."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.state import Outcome
from bot.storage.tables import quota_counts

_COUNTS = sa.select(quota_counts.c.quota, quota_counts.c.count).where(
    quota_counts.c.survey_key == sa.bindparam("survey")
)


async def counts(connection: AsyncConnection, survey: str) -> Mapping[str, int]:
    """Quota → count, of the survey with this key."""
    return {quota: int(count) for quota, count in await connection.execute(_COUNTS, {"survey": survey})}


async def count(connection: AsyncConnection, outcome: Outcome) -> None:
    """Count the response for the quotas that the turn says it fills."""
    response = outcome.new_response or outcome.conversation.response
    if response is None:
        return
    for quota in outcome.quotas:
        here = sa.and_(quota_counts.c.survey_key == response.survey_key, quota_counts.c.quota == quota)
        counted = await connection.execute(sa.update(quota_counts).where(here).values(count=quota_counts.c.count + 1))
        if not counted.rowcount:
            await connection.execute(
                sa.insert(quota_counts).values(survey_key=response.survey_key, quota=quota, count=1)
            )
