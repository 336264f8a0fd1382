"""The official SDK, asked from an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from twilio.rest import Client

from channels.twilio.http import AT_ONCE, CONNECT_SECONDS, READ_SECONDS, HttpClient
from channels.twilio.settings import Account

Answer = TypeVar("Answer")


_THREADS = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="twilio")
"""Of our own, started as needed: when Twilio hangs, neither its own letters nor anybody else's work must queue here."""


def sdk(account: Account, connect_seconds: float = CONNECT_SECONDS, read_seconds: float = READ_SECONDS) -> Client:
    """Twilio's own client for `account`. What it is asked fails with SendError or TimeoutError (`http.HttpClient`)."""
    http = HttpClient(account.api_base_url, connect_seconds, read_seconds)
    return Client(account.account_sid, account.auth_token, http_client=http)


async def ask(call: Callable[[], Answer]) -> Answer:
    """Run a call of the SDK, which blocks, beside the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, call)


async def create_message(client: Client, fields: dict[str, Any]) -> str:
    """Send one message; `fields` are the SDK's keywords (to, from_, body, content_sid …). Returns the message's id."""
    message = await ask(lambda: client.messages.create(**fields))
    return str(message.sid)
