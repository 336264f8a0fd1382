"""Letters, put into the outbox inside somebody's transaction, and read from it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.operations import prompt_as_dict, prompt_from
from bot.storage.tables import outbox
from channels.contract import Outbound

_WRITE = sa.insert(outbox)

_BESIDE = ("meant",)
"""Fields of a prompt that are written beside it: a version that does not know them fails on them within it, and may run
beside this one while servers are replaced. (From this version on `prompt_from` leaves out what it does not know.)"""


class Unreadable(ValueError):
    """A letter's payload that this version can't read. Says the kind of the error alone: its words may be the
    customer's."""


def payload(message: Outbound) -> str:
    prompt = prompt_as_dict(message.prompt) if message.prompt else None
    beside = {name: prompt.pop(name) for name in _BESIDE if name in prompt} if prompt else {}
    said = {"text": message.text, "prompt": prompt, "role": message.role, "sender": message.sender, **beside}
    return json.dumps({**said, "data": dict(message.data)} if message.data else said)


def prompt_in(data: Mapping[str, Any]) -> dict[str, Any] | None:
    """The prompt of a payload, as JSON and whole; None where nothing is asked."""
    if not data["prompt"]:
        return None
    return {**data["prompt"], **{name: data[name] for name in _BESIDE if name in data}}


def message_from(text: str) -> Outbound:
    """Raises Unreadable."""
    try:
        data = json.loads(text)
        prompt = prompt_in(data)
        asked = prompt_from(prompt) if prompt else None
        return Outbound(data["text"], asked, data["role"], data["sender"], data.get("data") or {})
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise Unreadable(type(error).__name__) from None


def readable(payloads: Iterable[str]) -> list[Outbound]:
    """What can be read of them: of several letters, one that can't stops no other."""
    found = []
    for payload in payloads:
        with suppress(Unreadable):
            found.append(message_from(payload))
    return found


async def put(
    connection: AsyncConnection,
    conversation: int,
    inbox_id: int | None,
    messages: Sequence[Outbound],
    now: str,
    awaited: bool = False,
) -> None:
    """Add messages to the outbox, inside somebody's transaction. `awaited`: the customer has just written, and looks at
    the screen."""
    if messages:
        await connection.execute(_WRITE, rows_of(conversation, inbox_id, messages, now, awaited))


def rows_of(
    conversation: int, inbox_id: int | None, messages: Sequence[Outbound], now: str, awaited: bool
) -> list[dict[str, Any]]:
    """The rows of messages, in their order."""
    return [
        {**_new(conversation, message, now, now, awaited), "inbox_id": inbox_id, "position": position}
        for position, message in enumerate(messages)
    ]


async def put_one(connection: AsyncConnection, conversation: int, message: Outbound, leave_at: str, now: str) -> int:
    """The same for a person's, which leaves at `leave_at` at the earliest. Returns its id."""
    made = await connection.execute(sa.insert(outbox).values(**_new(conversation, message, leave_at, now, True)))
    return int(made.inserted_primary_key[0])


def _new(conversation: int, message: Outbound, leave_at: str, now: str, awaited: bool) -> dict[str, Any]:
    return {
        "conversation_id": conversation,
        "role": message.role,
        "sender": message.sender,
        "payload": payload(message),
        "awaited": awaited,
        "next_attempt_at": leave_at,
        "created_at": now,
    }
