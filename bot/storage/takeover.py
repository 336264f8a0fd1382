"""Takeover in the database. Implements `bot.recovery.takeover.TakeoverStore`."""

from __future__ import annotations

import json

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.recovery.takeover import Held
from bot.storage import outbox as letters
from bot.storage.cases import OPEN, log
from bot.storage.engine import Database
from bot.storage.tables import cases, conversations, inbox, outbox
from channels.contract import Outbound


class SqlTakeoverStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def held(self, conversation: int) -> Held | None:
        query = sa.select(conversations).where(conversations.c.id == conversation)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).mappings().first()
        return row and Held(row["owner"], row["agent"], row["language"], row["response_id"] is not None)

    async def claim(self, conversation: int, agent: str, now: str) -> bool:
        free = sa.or_(conversations.c.agent.is_(None), conversations.c.agent == agent)
        async with self._database.write() as connection:
            claimed = await connection.execute(
                sa.update(conversations)
                .where(conversations.c.id == conversation, free)
                .values(owner="human", agent=agent)
            )
            if claimed.rowcount:
                await _withhold_questions(connection, conversation)
                await self._move_cases(connection, conversation, agent, "assigned", now)
        return bool(claimed.rowcount)

    async def send(self, conversation: int, message: Outbound, now: str) -> None:
        async with self._database.write() as connection:
            await letters.put(connection, conversation, None, [message], now)
            await self._move_cases(connection, conversation, message.sender, "waiting_for_customer", now)

    async def hand_back(self, conversation: int, notice: Outbound, resume: bool, now: str) -> None:
        owner = sa.case((conversations.c.response_id.is_(None), "bot"), else_="survey")
        async with self._database.write() as connection:
            await connection.execute(
                sa.update(conversations).where(conversations.c.id == conversation).values(owner=owner, agent=None)
            )
            await letters.put(connection, conversation, None, [notice], now)
            mine = sa.and_(inbox.c.conversation_id == conversation, inbox.c.status == "waiting")
            await connection.execute(sa.update(inbox).where(mine).values(status="new"))
            if resume:
                await _ask_again(connection, conversation, now)

    async def _move_cases(
        self, connection: AsyncConnection, conversation: int, agent: str, status: str, now: str
    ) -> None:
        """The conversation's open cases follow what the agent does, each change with its audit event."""
        mine = sa.and_(cases.c.conversation_id == conversation, cases.c.status.in_(OPEN))
        rows = (await connection.execute(sa.select(cases.c.id, cases.c.status, cases.c.agent).where(mine))).all()
        for case, before, whose in rows:
            if (before, whose) == (status, agent):
                continue
            await connection.execute(sa.update(cases).where(cases.c.id == case).values(status=status, agent=agent))
            await log(connection, case, now, agent, "status", {"from": before, "to": status})


async def _withhold_questions(connection: AsyncConnection, conversation: int) -> None:
    """The bot is silent from now on: a question of its that still waits to be sent would come between the two."""
    waiting = sa.and_(
        outbox.c.conversation_id == conversation, outbox.c.status == "queued", outbox.c.role == "question"
    )
    reason = "A person took the conversation over."
    await connection.execute(sa.update(outbox).where(waiting).values(status="withheld", error=reason))


async def _ask_again(connection: AsyncConnection, conversation: int, now: str) -> None:
    """A row of our own in the inbox: the paused question is asked in its turn, like everything else."""
    query = sa.select(conversations.c.response_id).where(conversations.c.id == conversation)
    if (await connection.execute(query)).scalar() is None:
        return
    await connection.execute(
        sa.insert(inbox).values(
            conversation_id=conversation,
            provider="conductor",
            message_id=f"resume-{conversation}-{now}",
            kind="resume",
            payload=json.dumps({}),
            received_at=now,
        )
    )
