"""What was said in a conversation, from both boxes, in order."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.unspoken import note
from bot.storage.letters import prompt_in
from bot.storage.tables import inbox, outbox


async def transcript(connection: AsyncConnection, conversation: int, limit: int = 200) -> list[dict[str, Any]]:
    """The last `limit` messages, oldest first. Customer's: direction "in"; ours: "out"."""
    said = (
        sa.select(inbox)
        .where(inbox.c.conversation_id == conversation, inbox.c.kind == "message")
        .order_by(inbox.c.id.desc())
        .limit(limit)
    )
    sent = sa.select(outbox).where(outbox.c.conversation_id == conversation).order_by(outbox.c.id.desc()).limit(limit)
    lines = [_said(row) for row in (await connection.execute(said)).mappings()]
    lines += [_sent(row) for row in (await connection.execute(sent)).mappings()]
    # A reply follows the message that it answers, also when a frozen or coarse clock gives both the same time.
    lines.sort(key=lambda line: (line["after"], line["direction"] == "out", line["position"], line["number"]))
    return [{k: v for k, v in line.items() if k not in ("after", "position", "number")} for line in lines[-limit:]]


def _said(row: sa.engine.RowMapping) -> dict[str, Any]:
    payload = json.loads(row["payload"])
    return {
        "id": f"in-{row['id']}",
        "direction": "in",
        "at": row["received_at"],
        "text": note(row["text"], payload),
        "prompt": None,
        "role": "customer",
        "sender": "customer",
        "status": row["status"],
        "picked": json.loads(row["picked"]) if row["picked"] else None,
        "understood": json.loads(row["understood"]) if row["understood"] else None,
        "edited": bool(payload.get("edited")),
        "recording": str(payload.get("recording") or ""),
        "keys": str(payload.get("keys") or ""),
        "provider": row["provider"],
        "after": row["received_at"],
        "position": 0,
        "number": row["id"],
    }


def _sent(row: sa.engine.RowMapping) -> dict[str, Any]:
    payload = json.loads(row["payload"])
    return {
        "id": f"out-{row['id']}",
        "direction": "out",
        "at": row["created_at"],
        "text": payload["text"],
        "prompt": prompt_in(payload),
        "role": row["role"],
        "sender": row["sender"],
        "status": row["status"],
        "error": row["error"],  # why it was withheld or failed
        "ref": row["provider_message_id"],
        "picked": None,
        "understood": None,
        "edited": False,
        "after": row["created_at"],
        "position": row["position"],
        "number": row["id"],
    }
