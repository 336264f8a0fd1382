"""The queue of notifications in the database. Implements `bot.recovery.notifying.NotificationStore`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from bot.recovery.telling import CaseFile, Notification
from bot.storage.engine import Database
from bot.storage.tables import cases, contacts, conversations, notifications

WAITING = ("queued", "unknown", "sending")
"""States from which one is sent: a row is "sending" until its time is over, then its process has died."""


CASE_FILES = (
    sa.select(cases, contacts.c.name, conversations.c.owner, conversations.c.response_id.label("open_response"))
    .outerjoin(contacts, contacts.c.id == cases.c.contact_id)
    .outerjoin(conversations, conversations.c.id == cases.c.conversation_id)
)


_DUE = (
    sa.select(notifications)
    .where(
        notifications.c.status.in_([sa.literal(status) for status in WAITING]),
        notifications.c.next_attempt_at <= sa.bindparam("now"),
    )
    .order_by(notifications.c.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
"""Made once: it is asked each second."""


class SqlNotifications:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, now: str, limit: int) -> Sequence[Notification]:
        async with self._database.fast_read() as connection:
            rows = (await connection.execute(_DUE, {"now": now, "most": limit})).mappings().all()
        return [_notification(row) for row in rows]

    async def file(self, case: int) -> CaseFile:
        async with self._database.read() as connection:
            return case_file((await connection.execute(CASE_FILES.where(cases.c.id == case))).mappings().one())

    async def sending(self, notification: Notification, until: str) -> bool:
        as_seen = sa.and_(
            notifications.c.id == notification.id,
            notifications.c.status == notification.status,
            notifications.c.attempts == notification.attempts,
        )
        if notification.status == "sending":  # whoever takes it up moves its time on, and nobody else finds it
            as_seen = sa.and_(as_seen, notifications.c.next_attempt_at < until)
        values = {"status": "sending", "next_attempt_at": until, "attempts": notifications.c.attempts + 1}
        async with self._database.write() as connection:
            marked = await connection.execute(sa.update(notifications).where(as_seen).values(**values))
        return bool(marked.rowcount)

    async def sent(self, notification: Notification, reference: str, now: str) -> None:
        values = {"status": "sent", "reference": reference[:255] or None, "sent_at": now, "error": None}
        await self._set(notification, **values)

    async def again(self, notification: Notification, at: str, error: str, *, counts: bool, doubtful: bool) -> None:
        attempts = notification.attempts + 1 if counts else notification.attempts
        status = "unknown" if doubtful else "queued"
        await self._set(notification, status=status, next_attempt_at=at, error=error, attempts=attempts)

    async def ended(self, notification: Notification, status: str, error: str) -> None:
        await self._set(notification, status=status, error=error)

    async def _set(self, notification: Notification, **values: Any) -> None:
        async with self._database.write() as connection:
            mine = notifications.c.id == notification.id
            await connection.execute(sa.update(notifications).where(mine).values(**values))


def case_file(row: Any) -> CaseFile:
    """A row of `CASE_FILES`."""
    return CaseFile(
        id=row["id"],
        status=row["status"],
        team=row["team"],
        priority=row["priority"],
        channel=row["channel"],
        reason=row["reason"],
        opened_at=row["opened_at"],
        due_at=row["due_at"],
        resolve_by=row["resolve_by"] or "",
        touchpoint=row["touchpoint"],
        survey=row["survey_key"] or "",
        metric=row["metric"],
        score=row["score"],
        band=row["band"],
        verbatim=row["verbatim"],
        agent=row["agent"],
        name=row["name"] or row["reply_to"],
        conversation=row["conversation_id"],
        answered=row["first_response_at"] is not None,
        root_cause=row["root_cause"] or "",
        action=row["action_taken"] or "",
        owner=row["owner"] or "",
        open_survey=row["open_response"] is not None,
    )


def _notification(row: Any) -> Notification:
    return Notification(
        row["id"],
        row["case_id"],
        row["kind"],
        row["way"],
        row["target"],
        row["attempts"],
        row["status"],
        row["created_at"],
    )
