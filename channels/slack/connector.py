"""The Slack channel as a Rasa InputChannel, named in credentials.yml as ``channels.slack.connector.SlackInput``."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from channels.errors import NotConfigured
from channels.receive import Delivery
from channels.sanic_io import TooLarge, headers_of, read_body
from channels.slack.client import SlackClient
from channels.slack.found import PROVIDER
from channels.slack.intake import Answer, Intake
from channels.slack.settings import SECRET, TOKEN, SlackSettings, from_environment
from channels.slack.socket_mode import PING_SECONDS, SocketMode
from channels.slack.verify import verifier


class SlackInput(InputChannel):
    """Takes in Slack's events, pressed buttons, forms and slash commands, all at one address."""

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

    def __init__(self, settings: SlackSettings, ping_seconds: float = PING_SECONDS) -> None:
        self.intake = Intake(SlackClient(settings))
        self.seam = self.intake.seam
        self._verify = verifier(settings.signing_secret)
        self._socket = SocketMode(settings, self.intake, ping_seconds) if settings.app_token else None

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """`POST /webhooks/slack/webhook`, and the socket, if there is a token for it. Messages go to
        ``app.ctx.receiver``, not straight to Rasa: they are committed first."""
        blueprint = Blueprint("slack_webhook")

        @blueprint.post("/webhook", stream=True)
        async def webhook(request: Request) -> HTTPResponse:
            return await self._answer(request)

        @blueprint.listener("after_server_start")
        async def connect(app: Sanic, *_: Any) -> None:
            if self._socket is not None:
                await self._socket.start(lambda: getattr(app.ctx, "receiver", None))

        @blueprint.listener("before_server_stop")
        async def finish(*_: Any) -> None:
            if self._socket is not None:
                await self._socket.stop()
            await self.settled()

        return blueprint

    async def settled(self) -> None:
        """Returns once everything that is shown behind an answer has been, or could not be."""
        await self.intake.reception.settled()

    async def _answer(self, request: Request) -> HTTPResponse:
        headers = headers_of(request)
        try:
            delivery = Delivery(headers, await read_body(request, self.seam.limit))
        except TooLarge:
            too_large = self.seam.too_large()
            return _response(Answer(too_large.status, {"error": too_large.message}))
        receiver = getattr(request.app.ctx, "receiver", None)
        retried = "x-slack-retry-num" in headers
        return _response(await self.intake.take(delivery, self._verify, receiver, retried))


def _response(answer: Answer) -> HTTPResponse:
    """Sending the same again helps only when it could not be stored (503): else Slack is asked not to."""
    headers = {} if answer.status == 200 or answer.again else {"X-Slack-No-Retry": "1"}
    if isinstance(answer.body, str):
        return response.text(answer.body, status=answer.status, headers=headers)
    return response.json(dict(answer.body), status=answer.status, headers=headers)
