"""The Slack channel as a Rasa InputChannel, named in credentials.yml as ``channels.slack.connector.SlackInput``."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from channels.contract import SendError
from channels.errors import NotConfigured
from channels.receive import Acknowledgement, Delivery, Seam
from channels.sanic_io import TooLarge, headers_of, read_body
from channels.slack.client import SlackClient
from channels.slack.parse import PROVIDER, parse, read
from channels.slack.pressed import Pressed
from channels.slack.settings import SECRET, TOKEN, SlackSettings, from_environment
from channels.slack.verify import verifier

logger = logging.getLogger(__name__)


class SlackInput(InputChannel):
    """Takes in Slack's events and pressed buttons, both at one address."""

    @classmethod
    def name(cls) -> str:
        return PROVIDER

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> SlackInput:
        """From the environment: credentials.yml holds no secret. Raises NotConfigured."""
        settings = from_environment(os.environ)
        if settings is None:
            raise NotConfigured(f"Set {TOKEN} and {SECRET}; channels/slack/README.md says where to find them.")
        return cls(settings)

    def __init__(self, settings: SlackSettings) -> None:
        self.seam = Seam(PROVIDER, parse)
        self._verify = verifier(settings.signing_secret)
        self._client = SlackClient(settings)
        self._showing: set[asyncio.Task[None]] = set()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """`POST /webhooks/slack/webhook`. Messages go to ``app.ctx.receiver``, not straight to Rasa: they are committed
        first."""
        blueprint = Blueprint("slack_webhook")

        @blueprint.post("/webhook", stream=True)
        async def webhook(request: Request) -> HTTPResponse:
            return await self._answer(request)

        @blueprint.listener("before_server_stop")
        async def finish(*_: Any) -> None:
            await self.settled()

        return blueprint

    async def settled(self) -> None:
        """Returns once every message that is being changed has been, or could not be."""
        await asyncio.gather(*self._showing)

    async def _answer(self, request: Request) -> HTTPResponse:
        headers = headers_of(request)
        try:
            delivery = Delivery(headers, await read_body(request, self.seam.limit))
        except TooLarge:
            return _refused(self.seam.too_large())
        if "x-slack-retry-num" in headers:
            self.seam.counters["retried"] += 1
        receiver = getattr(request.app.ctx, "receiver", None)
        done = await self.seam.receive(delivery, self._verify, receiver)
        if done.status != 200:
            return _refused(done)
        found = read(delivery)
        if found.ignored:
            logger.debug("Slack sent what is no message for us: %r", found.ignored)
        if found.challenge is not None:
            return response.text(found.challenge)
        if found.pressed is not None:
            self._show_later(found.pressed)
        return response.text("")

    def _show_later(self, press: Pressed) -> None:
        """Slack waits three seconds for its answer, so the message is changed behind it."""
        task = asyncio.create_task(self._show(press))
        self._showing.add(task)
        task.add_done_callback(self._showing.discard)

    async def _show(self, press: Pressed) -> None:
        """The answer is committed already. Where this fails, the old buttons stay and one may press another."""
        try:
            if await self._client.show(press):
                self.seam.counters["shown"] += 1
        except (SendError, TimeoutError) as error:
            self.seam.counters["not_shown"] += 1
            logger.warning("An answer is stored, but its message could not be changed: %s", error)


def _refused(acknowledgement: Acknowledgement) -> HTTPResponse:
    """Sending the same again helps only when it could not be stored (503): else Slack is asked not to."""
    headers = {} if acknowledgement.status == 503 else {"X-Slack-No-Retry": "1"}
    return response.json({"error": acknowledgement.message}, status=acknowledgement.status, headers=headers)
