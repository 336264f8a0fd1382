"""The official SDK, asked from an event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from twilio.rest import Client

from channels.twilio.http import HttpClient
from channels.twilio.settings import Account


def sdk(account: Account, http: HttpClient) -> Client:
    """Twilio's own client for `account`: its `…_async` methods. What it is asked fails with SendError or TimeoutError
    (`http.HttpClient`)."""
    return Client(account.account_sid, account.auth_token, http_client=http)


@asynccontextmanager
async def opened(account: Account) -> AsyncIterator[Client]:
    """The client for a command that asks a few things and ends."""
    http = HttpClient(account.api_base_url)
    try:
        yield sdk(account, http)
    finally:
        await http.close()


async def create_message(client: Client, fields: dict[str, Any]) -> str:
    """Send one message; `fields` are the SDK's keywords (to, from_, body, content_sid …). Returns the message's id."""
    message = await client.messages.create_async(**fields)
    return str(message.sid)
