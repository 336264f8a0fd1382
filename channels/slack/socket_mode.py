"""Socket Mode: Slack sends through a WebSocket that we open, so no public address is needed. For development.

What comes goes the way of the webhooks: read, committed, acknowledged. What is not acknowledged, Slack sends again.
https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from channels.contract import Receiver
from channels.receive import Delivery
from channels.slack.failures import refusal
from channels.slack.intake import Answer, Intake
from channels.slack.settings import APP_TOKEN, SlackSettings

logger = logging.getLogger(__name__)

PING_SECONDS = 5.0
"""How often the connection is tried; also how long a broken one may go unnoticed, times four (slack_sdk)."""
BACK_OFF_SECONDS = (1.0, 5.0, 30.0)
"""Between attempts to connect; the last again and again."""

_OF_THE_SDK = logging.getLogger(f"{__name__}.sdk")
_OF_THE_SDK.setLevel(logging.CRITICAL)  # it logs what customers say, at DEBUG; and what matters is logged here


class SocketMode:
    """The connection of one app, from `start` to `stop`. It comes back when it breaks, and when Slack asks for that."""

    def __init__(self, settings: SlackSettings, intake: Intake, ping_seconds: float = PING_SECONDS) -> None:
        self._settings, self._intake, self._ping = settings, intake, ping_seconds
        self._in_order = asyncio.Lock()
        self._client: _Client | None = None
        self._connecting: asyncio.Task[None] | None = None

    async def start(self, receiver: Callable[[], Receiver | None]) -> None:
        """Connect, behind the server's start. `receiver` gives the house, once it is there."""

        async def listen(client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
            answer = await self._take(request, receiver())
            if not answer.again:
                payload = dict(answer.body) if isinstance(answer.body, Mapping) and answer.status == 200 else None
                await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload))

        self._client = _Client(self._settings, self._ping)
        self._client.socket_mode_request_listeners.append(listen)
        self._connecting = asyncio.create_task(self._client.connect())  # type: ignore[no-untyped-call]

    async def stop(self) -> None:
        """Take nothing more in."""
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        if self._client is not None:
            await self._client.close()  # type: ignore[no-untyped-call]

    async def _take(self, request: SocketModeRequest, receiver: Receiver | None) -> Answer:
        """The SDK handles envelopes at the same time; messages are committed in the order in which they came."""
        delivery = delivery_of(request.type, request.payload)
        async with self._in_order:
            done = await self._intake.commit(delivery, _proven, receiver, bool(request.retry_attempt))
        return await self._intake.answer(delivery, done, receiver)


def delivery_of(kind: str, payload: Mapping[str, Any]) -> Delivery:
    """An envelope as the webhook that it would have been. `kind`: events_api, interactive, slash_commands."""
    if kind == "events_api":
        return Delivery({"content-type": "application/json"}, json.dumps(payload).encode())
    form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return Delivery({"content-type": "application/x-www-form-urlencoded"}, urlencode(form).encode())


def _proven(delivery: Delivery) -> None:
    """It came through a connection that only the owner of the app's token can open."""


class _Client(SocketModeClient):
    """Slack's own client, which says what is wrong in a sentence, and gives up where no patience helps."""

    def __init__(self, settings: SlackSettings, ping_seconds: float) -> None:
        web = AsyncWebClient(base_url=settings.base_url, retry_handlers=[])
        super().__init__(settings.app_token, _OF_THE_SDK, web, ping_interval=ping_seconds)

    async def issue_new_wss_url(self) -> str:
        """Where to connect to. Raises when Slack will never say."""
        attempt = 0
        while True:
            try:
                answer = await self.web_client.apps_connections_open(app_token=self.app_token)
                return str(answer["url"])
            except SlackApiError as error:
                wait = self._patience(error)
            except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
                logger.warning("Slack can't be reached for Socket Mode (%s). Trying again.", type(error).__name__)
                wait = None
            await asyncio.sleep(BACK_OFF_SECONDS[min(attempt, len(BACK_OFF_SECONDS) - 1)] if wait is None else wait)
            attempt += 1

    def _patience(self, error: SlackApiError) -> float | None:
        """Seconds until Slack may say yes, if it names them. Raises `error` when it never will."""
        response: Any = error.response
        data = getattr(response, "data", None)
        code = str(data.get("error", "")) if isinstance(data, dict) else ""
        status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
        refused = refusal(code, status, response.headers.get("Retry-After"))
        if refused.retry != "later":
            logger.error(
                "Nothing comes in from Slack: it refuses Socket Mode (%s). Set %s to an app-level token (xapp-) with "
                "the scope connections:write, and switch Socket Mode on for the app.",
                code or f"HTTP {status}",
                APP_TOKEN,
            )
            self.closed = True
            raise error
        logger.warning("Slack can't open a socket now (%s). Trying again.", code or f"HTTP {status}")
        return refused.retry_after
