"""Campaigns in the database. Implements `bot.outreach.campaign.Campaigns`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.faults import fault
from bot.outreach.campaign import Campaign, Line, Outcome, dumps, loads
from bot.outreach.ports import Judge
from bot.storage.engine import Database
from bot.storage.invitations import alone, invite_in
from bot.storage.tables import campaign_parts, campaigns, conversations, inbox, outbox

BROKEN_OFF_HOURS = 24
"""What is still being read after that was broken off: its contacts are forgotten."""
AT_ONCE = 50

_c, _p = campaigns.c, campaign_parts.c
_NEW = sa.and_(_p.campaign_id == _c.id, _p.status == "new")


def _count(which: Any) -> Any:
    return sa.select(sa.func.count()).select_from(campaign_parts).where(which).scalar_subquery()


_KNOWN = sa.select(campaigns, _count(_p.campaign_id == _c.id).label("parts"), _count(_NEW).label("left"))
_WAITING = sa.select(campaigns).where(_c.status == "stored", sa.exists().where(_NEW)).order_by(_c.id).limit(1)


class SqlCampaigns:
    def __init__(self, database: Database) -> None:
        self._database = database

    # The file is stored

    async def begin(
        self,
        survey_key: str,
        channel: str,
        file: str,
        templates: Collection[str] | None,
        now: str,
        begun_by: str = "",
    ) -> Campaign:
        """A file begins to be read, by whom `begun_by` names. What was broken off long ago is forgotten."""
        kept = None if templates is None else json.dumps(sorted(templates))
        values = {"survey_key": survey_key, "channel": channel, "file": file[-255:], "templates": kept}
        values |= {"begun_by": begun_by[:120]}
        values |= {"status": "reading", "created_at": now, "touched_at": ""}
        async with self._database.write() as connection:
            await _forget_broken_off(connection, now)
            made = await connection.execute(sa.insert(campaigns).values(**values))
        number = int(made.inserted_primary_key[0])
        begun = Campaign(number, survey_key, channel, file, "reading", now, begun_by=begun_by[:120])
        return replace(begun, templates=templates)

    async def add(self, campaign: Campaign, lines: Sequence[Line]) -> None:
        """One more part, whose contacts are `checked`."""
        values = {"campaign_id": campaign.id, "status": "new", "invitees": dumps(lines)}
        async with self._database.write() as connection:
            await connection.execute(sa.insert(campaign_parts).values(**values))

    async def stored(self, campaign: Campaign, rows: int, found: Outcome, touched_at: str) -> None:
        """The whole file is read; from now on it is planned. `found`: what was wrong with rows. `touched_at`: "" where
        nobody here is going to plan it."""
        values = {"status": "stored", "rows": rows, "found": found.dumps(), "touched_at": touched_at}
        mine = sa.and_(_c.id == campaign.id, _c.status == "reading")
        async with self._database.write() as connection:
            await connection.execute(sa.update(campaigns).where(mine).values(**values))
            await _finish(connection, campaign.id, campaign.created_at)  # there may be nobody to be asked

    # Its parts are planned

    async def next(self, campaign: int | None = None) -> Campaign | None:
        query = _WAITING if campaign is None else _WAITING.where(_c.id == campaign)
        async with self._database.fast_read() as connection:  # looked for each second, and there is hardly ever one
            row = (await connection.execute(query)).mappings().first()
        return None if row is None else _campaign(row)

    async def plan(self, campaign: Campaign, judge: Judge, now: str) -> Outcome | None:
        try:
            return await self._plan(campaign, judge, now)
        except IntegrityError:
            # Somebody wrote for the first time at this very moment: the second look finds their conversation.
            return await self._plan(campaign, judge, now)

    async def _plan(self, campaign: Campaign, judge: Judge, now: str) -> Outcome | None:
        first = (
            sa.select(_p.id, _p.invitees, _p.outcome)
            .where(_NEW, _c.id == campaign.id, _c.status == "stored")
            .order_by(_p.id)
        )
        async with self._database.write() as connection:
            # Whoever dies in this transaction leaves the part as it was.
            part = (
                await connection.execute(first.limit(1).with_for_update(of=campaign_parts, skip_locked=True))
            ).first()
            if part is None:
                return None
            await alone(connection, self._database)
            lines = loads(part.invitees)
            invited = await invite_in(connection, campaign.survey_key, [who for _, who in lines], judge, now)
            fault("planned")
            outcome = Outcome.of((line, one) for (line, _), one in zip(lines, invited, strict=True))
            outcome.add(Outcome.loads(part.outcome))  # whoever was left out meanwhile (`unplanned.py`)
            values = {"status": "done", "invitees": "[]", "outcome": outcome.dumps()}
            await connection.execute(sa.update(campaign_parts).where(_p.id == part.id).values(**values))
            await connection.execute(sa.update(campaigns).where(_c.id == campaign.id).values(touched_at=now))
            await _finish(connection, campaign.id, now)
        return outcome

    async def stop(self, campaign: Campaign, reason: str, now: str) -> bool:
        values = {"status": "stopped", "reason": reason, "finished_at": now}
        waits = sa.and_(_p.campaign_id == campaign.id, _p.status == "new")
        async with self._database.write() as connection:
            # First the parts, as whoever plans one: a part under way is waited for, and counts as planned.
            parts = sa.select(_p.id).where(waits).order_by(_p.id).with_for_update()
            await connection.execute(parts)
            mine = sa.and_(_c.id == campaign.id, _c.status == "stored")
            stopped = await connection.execute(sa.update(campaigns).where(mine).values(**values))
            if stopped.rowcount:
                left = sa.update(campaign_parts).where(waits)
                await connection.execute(left.values(status="stopped", invitees="[]"))
        return bool(stopped.rowcount)

    # It is asked about

    async def known(self, limit: int) -> list[Campaign]:
        """The newest first, with what became of their rows so far."""
        async with self._database.read() as connection:
            rows = (await connection.execute(_KNOWN.order_by(_c.id.desc()).limit(limit))).mappings().all()
        return [_campaign(row) for row in rows]

    async def of(self, campaign: int) -> Campaign | None:
        async with self._database.read() as connection:
            row = (await connection.execute(_KNOWN.where(_c.id == campaign))).mappings().first()
        return None if row is None else _campaign(row)

    async def waiting(self, channel: str, provider: str) -> int:
        """Letters and invitations that wait to leave through a provider, of whatever campaign."""
        there = sa.select(conversations.c.id).where(
            conversations.c.channel == channel, conversations.c.provider == provider
        )
        letters = sa.and_(outbox.c.status == "queued", outbox.c.conversation_id.in_(there))
        asked = sa.and_(inbox.c.status == "new", inbox.c.kind == "invite", inbox.c.conversation_id.in_(there))
        async with self._database.read(patient=True) as connection:
            counts = [
                (await connection.execute(sa.select(sa.func.count()).select_from(table).where(which))).scalar_one()
                for table, which in ((outbox, letters), (inbox, asked))
            ]
        return sum(counts)

    async def outcomes(self, campaign: int) -> AsyncIterator[Outcome]:
        """Of each part that is planned, in the file's order."""
        after = 0
        while True:
            query = sa.select(_p.id, _p.outcome).where(_p.campaign_id == campaign, _p.status == "done", _p.id > after)
            async with self._database.read() as connection:
                rows = (await connection.execute(query.order_by(_p.id).limit(AT_ONCE))).all()
            if not rows:
                return
            after = rows[-1].id
            for row in rows:
                yield Outcome.loads(row.outcome)


async def _finish(connection: AsyncConnection, campaign: int, now: str) -> None:
    over = sa.and_(_c.id == campaign, _c.status == "stored", ~sa.exists().where(_NEW))
    await connection.execute(sa.update(campaigns).where(over).values(status="done", finished_at=now))


async def _forget_broken_off(connection: AsyncConnection, now: str) -> None:
    before = (datetime.fromisoformat(now) - timedelta(hours=BROKEN_OFF_HOURS)).isoformat(timespec="microseconds")
    old = sa.select(_c.id).where(_c.status == "reading", _c.created_at < before)
    numbers = list((await connection.execute(old)).scalars())
    if numbers:
        await connection.execute(sa.delete(campaign_parts).where(_p.campaign_id.in_(numbers)))
        await connection.execute(sa.delete(campaigns).where(_c.id.in_(numbers)))


def _campaign(row: sa.engine.RowMapping) -> Campaign:
    made = Campaign(
        id=row["id"],
        survey_key=row["survey_key"],
        channel=row["channel"],
        file=row["file"],
        status=row["status"],
        created_at=row["created_at"],
        begun_by=row["begun_by"],
        touched_at=row["touched_at"],
        templates=None if row["templates"] is None else json.loads(row["templates"]),
        rows=row["rows"],
        reason=row["reason"] or "",
        finished_at=row["finished_at"] or "",
        found=Outcome.loads(row["found"]),
    )
    return replace(made, parts=row["parts"], left=row["left"]) if "parts" in row else made
