"""The web channel as a Rasa InputChannel, named in credentials.yml as ``channels.web.connector.WebInput``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from channels.receive import Acknowledgement, Delivery, Refused, Seam
from channels.sanic_io import TooLarge, headers_of, read_body
from channels.web.guard import refusal
from channels.web.parse import PROVIDER, parse

OBJECTED = 409
"""What a page is answered that writes for a customer of another provider."""


class WebInput(InputChannel):
    """Takes in what the playground's customer says. It has no signature, so it serves only where the playground is
    on."""

    @classmethod
    def name(cls) -> str:
        return PROVIDER

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> WebInput:
        return cls()

    def __init__(self) -> None:
        self.seam = Seam(PROVIDER, parse)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """`POST /webhooks/web/webhook`. Messages go to ``app.ctx.receiver``, not straight to Rasa: they are committed
        first."""
        blueprint = Blueprint("web_webhook")

        @blueprint.post("/webhook", stream=True)
        async def webhook(request: Request) -> HTTPResponse:
            return _answer(await self._take_in(request))

        return blueprint

    async def _take_in(self, request: Request) -> Acknowledgement:
        try:
            body = await read_body(request, self.seam.limit)
        except TooLarge:
            return self.seam.too_large()
        ctx = request.app.ctx
        settings = getattr(getattr(ctx, "conductor", None), "settings", None)

        def verify(delivery: Delivery) -> None:
            reason = refusal(delivery.headers, settings)
            if reason:
                raise Refused(reason)

        return await self.seam.receive(Delivery(headers_of(request), body), verify, getattr(ctx, "receiver", None))


def _answer(acknowledgement: Acknowledgement) -> HTTPResponse:
    if acknowledgement.message:  # with 200 it is the house's objection
        status = OBJECTED if acknowledgement.status == 200 else acknowledgement.status
        return response.json({"error": acknowledgement.message}, status=status)
    return response.json({"accepted": True, "duplicate": acknowledgement.duplicates > 0})
