"""The official SDK, asked from an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from twilio.rest import Client

from channels.twilio.http import CONNECT_SECONDS, READ_SECONDS, HttpClient
from channels.twilio.settings import Account

Answer = TypeVar("Answer")


def sdk(account: Account, connect_seconds: float = CONNECT_SECONDS, read_seconds: float = READ_SECONDS) -> Client:
    """Twilio's own client for `account`. What it is asked fails with SendError or TimeoutError (`http.HttpClient`)."""
    http = HttpClient(account.api_base_url, connect_seconds, read_seconds)
    return Client(account.account_sid, account.auth_token, http_client=http)


async def ask(call: Callable[[], Answer]) -> Answer:
    """Run a call of the SDK, which blocks, beside the event loop."""
    return await asyncio.to_thread(call)


async def create_message(client: Client, fields: dict[str, Any]) -> str:
    """Send one message; `fields` are the SDK's keywords (to, from_, body, content_sid …). Returns the message's id."""
    message = await ask(lambda: client.messages.create(**fields))
    return str(message.sid)
