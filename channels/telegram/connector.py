"""Telegram as a Rasa InputChannel, named in credentials.yml as ``channels.telegram.connector.TelegramInput``."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from channels.contract import Inbound
from channels.errors import NotConfigured
from channels.receive import Acknowledgement, Delivery, Seam
from channels.sanic_io import TooLarge, headers_of, read_body
from channels.telegram.client import TelegramClient
from channels.telegram.parse import PROVIDER, Press, read
from channels.telegram.settings import SECRET, TOKEN, TelegramSettings, from_environment
from channels.telegram.taps import Taps
from channels.telegram.verify import verify


class Answerer(Protocol):
    """Answers a pressed button (`TelegramClient`). It raises nothing: False when it could not."""

    async def acknowledge(self, press: Press) -> bool: ...


class TelegramInput(InputChannel):
    """Takes in Telegram's updates, and answers pressed buttons once they are committed.

    `seam.counters` also counts, as ``ignored_…``, updates that hold no message of a customer's."""

    @classmethod
    def name(cls) -> str:
        return PROVIDER

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> TelegramInput:
        """Secrets come from the environment, never from credentials.yml. Raises NotConfigured."""
        settings = from_environment(os.environ)
        if settings is None:
            raise NotConfigured(
                f"Telegram is not configured. Set {TOKEN} and {SECRET}, or remove it from credentials.yml."
            )
        return cls(settings, TelegramClient(settings))

    def __init__(self, settings: TelegramSettings, answerer: Answerer) -> None:
        self._settings, self._answerer = settings, answerer
        self.seam = Seam(PROVIDER, self._parse)
        self._taps = Taps(time.monotonic)
        self._answering: set[asyncio.Task[bool]] = set()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """`POST /webhooks/telegram/webhook`. Messages go to ``app.ctx.receiver``: they are committed first."""
        blueprint = Blueprint("telegram_webhook")

        @blueprint.post("/webhook", stream=True)
        async def webhook(request: Request) -> HTTPResponse:
            done = await self._take_in(request)
            body: dict[str, Any] = {"ok": True} if done.status == 200 else {"error": done.message}
            return response.json(body, status=done.status)

        return blueprint

    async def _take_in(self, request: Request) -> Acknowledgement:
        try:
            delivery = Delivery(headers_of(request), await read_body(request, self.seam.limit))
        except TooLarge:
            return self.seam.too_large()
        receiver = getattr(request.app.ctx, "receiver", None)
        done = await self.seam.receive(delivery, self._verify, receiver)
        if done.status == 200 and (press := (update := read(delivery)).press):
            self._answer(Press(press.callback) if self._taps.twice(update) else press)
        return done

    def _verify(self, delivery: Delivery) -> None:
        verify(delivery, self._settings.secret)

    def _parse(self, delivery: Delivery) -> Sequence[Inbound]:
        update = read(delivery)
        if update.ignored:
            self.seam.counters[f"ignored_{update.ignored}"] += 1
        if self._taps.twice(update):
            self.seam.counters["ignored_second_tap"] += 1
            return []
        return [update.message] if update.message else []

    def _answer(self, press: Press) -> None:
        """Not awaited: Telegram should not wait for its own answer. Lost in a crash, the button spins a while; the
        answer itself is committed."""
        task = asyncio.create_task(self._answerer.acknowledge(press))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)
